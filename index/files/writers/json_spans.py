"""Where the values of a JSON text stand in it."""

import contextlib
import json
import re
from collections.abc import Iterator, Sequence
from json.decoder import scanstring  # type: ignore[attr-defined]
from typing import Any, Final, NamedTuple

_SPACE: Final = re.compile(r"[ \t\r\n]*")
_DECODER: Final = json.JSONDecoder()


class Member(NamedTuple):
    """A value, and where it stands: in an object `begin` is where its name begins, and `named` where that ends."""

    name: str
    begin: int
    named: int
    start: int
    end: int
    value: Any


def members(text: str, start: int) -> list[Member]:
    """Return the members of the object that begins at a place."""
    return list(_members(text, _skip(text, start + 1)))


def items(text: str, start: int) -> list[Member]:
    """Return the items of the list that begins at a place, up to a damage if there is one."""
    found: list[Member] = []
    with contextlib.suppress(ValueError, IndexError):
        for item in _items(text, _skip(text, start + 1)):
            found.append(item)  # noqa: PERF402 - those before the damage count
    return found


def follow(text: str, path: Sequence[str]) -> int:
    """Return where the value at a path of names begins."""
    place = _skip(text, 0)
    for name in path:
        # Of two members with one name, the later one counts.
        place = [each for each in members(text, place) if each.name == name][-1].start
    return place


def _members(text: str, place: int) -> Iterator[Member]:
    while text[place] != "}":
        name, named = scanstring(text, place + 1, False)
        start = _skip(text, _skip(text, named) + 1)
        value, end = _DECODER.raw_decode(text, start)
        yield Member(name, place, named, start, end, value)
        place = _after(text, end)


def _items(text: str, place: int) -> Iterator[Member]:
    while text[place] != "]":
        value, end = _DECODER.raw_decode(text, place)
        yield Member("", place, place, place, end, value)
        place = _after(text, end)


def _after(text: str, place: int) -> int:
    place = _skip(text, place)
    return _skip(text, place + 1) if text[place] == "," else place


def _skip(text: str, place: int) -> int:
    found = _SPACE.match(text, place)
    assert found
    return found.end()

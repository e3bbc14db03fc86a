"""Find names in texts by their normal forms."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from index.text.normal_form import Gap, NormalText, normal_form

# A name is found in parts that the text separates and the name does not (bed side table for "bedside table") if each
# has this many characters: at least letters, or ideographs. Shorter parts meet by chance: 红 外套 has no 红外.
_LEAST_LETTERS = 3
_LEAST_IDEOGRAPHS = 2


class Name(NamedTuple):
    """A name's key, and what separates its parts, by their offsets in the key."""

    key: str
    gaps: tuple[tuple[int, Gap], ...]


@lru_cache(maxsize=1 << 15)
def name_of(text: str) -> Name:
    """Return a name as it is looked for in texts."""
    form = normal_form(text)
    gaps = zip(form.begins, (token.gap for token in form.tokens), strict=True)
    return Name(form.key, tuple((place, gap) for place, gap in gaps if gap))


def find_name(name: Name, text: NormalText) -> Iterator[tuple[int, int]]:
    """Yield the start and end, in the text's key, of each place where it has the name."""
    key = text.key
    start = key.find(name.key) if name.key else -1
    while start >= 0:
        end = start + len(name.key)
        if is_name(name, text, start, end):
            yield start, end
        start = key.find(name.key, start + 1)


def is_name(name: Name, text: NormalText, start: int, end: int) -> bool:
    """Return whether a part of the text's key that equals the name's consists of whole words, as the name does."""
    tokens, begins = text.tokens, text.begins
    first, last = text.at(start), text.at(end - 1)
    if start < begins[first] or (start > begins[first] and not tokens[first].han):
        return False
    if end < begins[last] + len(tokens[last].text) and not tokens[last].han:
        return False
    own = dict(name.gaps)
    return all(
        _may_join(own.get(begins[at] - start, Gap.NONE), text, at, start, end) for at in range(first + 1, last + 1)
    )


def _may_join(own: Gap, text: NormalText, at: int, start: int, end: int) -> bool:
    """Return whether the name may extend over the gap before a token; `own` is its own gap there."""
    gap = text.tokens[at].gap
    if gap <= own:
        return True
    return gap is Gap.LOOSE and _is_long(text, at - 1, start, end) and _is_long(text, at, start, end)


def _is_long(text: NormalText, at: int, start: int, end: int) -> bool:
    token, begin = text.tokens[at], text.begins[at]
    length = min(end, begin + len(token.text)) - max(start, begin)
    return length >= (_LEAST_IDEOGRAPHS if token.han else _LEAST_LETTERS)

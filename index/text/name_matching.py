"""Find names in texts by their normal forms."""

from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from index.text.normal_form import Gap, NormalText, normal_form

# The text may have a space that the name has not (bed side table for "bedside table") between parts of at least three
# letters or two ideographs, or between letters and ideographs. Shorter parts meet by chance: 红 外套 has no 红外. A
# hyphen joins all parts.
_LEAST_LETTERS = 3
_LEAST_IDEOGRAPHS = 2


class Name(NamedTuple):
    """A name's key, and what separates its parts, by their offsets in the key; a hyphen counts as a space."""

    key: str
    gaps: tuple[tuple[int, int], ...]


@lru_cache(maxsize=1 << 15)
def name_of(text: str) -> Name:
    """Return a name as it is looked for in texts."""
    form = normal_form(text)
    gaps = zip(form.begins, form.gaps, strict=True)
    return Name(form.key, tuple((place, max(gap, Gap.LOOSE)) for place, gap in gaps if gap))


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
    begins, words, han = text.begins, text.words, text.han
    first, last = text.at(start), text.at(end - 1)
    if start < begins[first] or (start > begins[first] and not han[first]):
        return False
    if end < begins[last] + len(words[last]) and not han[last]:
        return False
    if first == last:
        return True
    own = dict(name.gaps)
    return all(
        _may_join(own.get(begins[at] - start, Gap.NONE), text, at, start, end) for at in range(first + 1, last + 1)
    )


def _may_join(own: int, text: NormalText, at: int, start: int, end: int) -> bool:
    """Return whether the name may extend over the gap before a token; `own` is its own gap there."""
    gap = text.gaps[at]
    if gap <= max(own, Gap.HYPHEN):
        return True
    if gap == Gap.FIRM:
        return False
    if text.han[at - 1] != text.han[at]:
        return True
    return _is_long(text, at - 1, start, end) and _is_long(text, at, start, end)


def _is_long(text: NormalText, at: int, start: int, end: int) -> bool:
    begin = text.begins[at]
    length = min(end, begin + len(text.words[at])) - max(start, begin)
    return length >= (_LEAST_IDEOGRAPHS if text.han[at] else _LEAST_LETTERS)

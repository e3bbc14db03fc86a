"""Autocomplete tags from a part of any of their names."""

from collections.abc import Mapping

from index.catalogue.query import TagCount
from index.text.normal_form import normal_text
from tagger.vocabulary import Vocabulary, fold


class TagPicker:
    """Tags in use, with names folded once; searches about 15,000 tags in milliseconds.

    What is typed is compared as it is written, since it may be the beginning of a word, and in its normal form.
    """

    def __init__(self, counts: Mapping[str, int], vocabulary: Vocabulary) -> None:
        self._tags = [TagCount(tag, vocabulary.facet(tag), count) for tag, count in counts.items()]
        self._forms = [[read for form in vocabulary.forms(tag) for read in _readings(form)] for tag in counts]

    def pick(self, text: str, limit: int) -> list[TagCount]:
        """Return tags with a name that contains the text: exact matches first, then prefixes, then the rest.

        Ties go to the tag on more products. An empty text returns the most frequent tags.
        """
        sought = _readings(text)
        found = []
        for place, forms in enumerate(self._forms):
            closeness = max((_closeness(each, form) for each in sought for form in forms), default=0)
            if closeness:
                found.append((-closeness, -self._tags[place].count, self._tags[place].tag, place))
        return [self._tags[place] for *_, place in sorted(found)[:limit]]


def _readings(text: str) -> list[str]:
    folded, normal = fold(text), normal_text(text)
    return [folded, normal] if normal not in ("", folded) else [folded]


def _closeness(sought: str, form: str) -> int:
    if sought not in form:
        return 0
    return 3 if sought == form else 2 if form.startswith(sought) else 1

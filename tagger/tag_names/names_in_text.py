"""Find all names of a vocabulary in a text at once."""

import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any, Protocol

from index.text.folding import fold
from index.text.name_matching import Name, is_name, name_of
from index.text.normal_form import normal_form
from index.text.scripts import HAN_BASIC
from tagger.types import Evidence, Span
from tagger.vocabulary import Vocabulary

_WORD_CHARACTER = re.compile(rf"[^\W_{HAN_BASIC}]")


class NamesInText(Protocol):
    """Finds names; `names` are pairs of a name and its tag."""

    def find(self, text: str) -> list[tuple[str, Span]]:
        """Return the tags whose names occur in the text, each with its span there."""
        ...


class NormalNames:
    """Finds names in any spelling."""

    def __init__(self, names: Iterable[tuple[str, str]], least_characters: int) -> None:
        # Names that are spelled alike may belong to several tags.
        owners: dict[str, dict[tuple[str, Name], None]] = {}
        for form, tag in names:
            name = name_of(form)
            if _is_long(name.key, least_characters):
                owners.setdefault(name.key, {})[tag, name] = None
        self._owners = [list(each) for each in owners.values()]
        self._matcher = _matcher(owners)

    def find(self, text: str) -> list[tuple[str, Span]]:
        """Return the tags whose names occur in the text, each with its span there."""
        if self._matcher is None:
            return []
        form = normal_form(text)
        return [
            (tag, Span(first, last, text[first:last]))
            for pattern, start, end in self._matcher.find_matches_as_indexes(form.key, overlapping=True)
            for tag in dict.fromkeys(tag for tag, name in self._owners[pattern] if is_name(name, form, start, end))
            for first, last in [form.original(start, end)]
        ]


class FoldedNames:
    """Finds names by their folded spelling, as models did before there was a normal form."""

    def __init__(self, names: Iterable[tuple[str, str]], least_characters: int) -> None:
        owners = {fold(form): tag for form, tag in names if _is_long(fold(form), least_characters)}
        self._owners = list(owners.values())
        self._matcher = _matcher(owners)

    def find(self, text: str) -> list[tuple[str, Span]]:
        """Return the tags whose names occur in the text, each with its span there."""
        if self._matcher is None:
            return []
        lowered = _lower(text)
        return [
            (self._owners[pattern], Span(start, end, text[start:end]))
            for pattern, start, end in self._matcher.find_matches_as_indexes(lowered, overlapping=True)
            if _whole(lowered, start, end)
        ]


def _is_long(form: str, least: int) -> bool:
    return bool(form) and (len(form) >= least or not form.isascii())


def _matcher(forms: Iterable[str]) -> Any:
    import ahocorasick_rs

    patterns = list(forms)
    return ahocorasick_rs.AhoCorasick(patterns) if patterns else None


def _lower(text: str) -> str:
    """Return the text in lower case at the same length: letters that would become two, such as İ, stay."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole(text: str, start: int, end: int) -> bool:
    """Return whether a match is not part of a longer word; Chinese is written without word boundaries."""
    return not (_is_joined(text, start - 1, start) or _is_joined(text, end - 1, end))


def _is_joined(text: str, left: int, right: int) -> bool:
    inside = left >= 0 and right < len(text)
    return inside and bool(_WORD_CHARACTER.match(text[left]) and _WORD_CHARACTER.match(text[right]))


def spans_as_evidence(matches: Sequence[tuple[str, Span]], tags: Collection[str]) -> dict[str, Evidence]:
    """Return the evidence for those tags that a text names; `matches` are pairs of a tag and its span there."""
    spans: dict[str, list[Span]] = {}
    for tag, span in matches:
        if tag in tags:
            spans.setdefault(tag, []).append(span)
    return {tag: Evidence(spans=tuple(found)) for tag, found in spans.items()}


def current_names(tags: Sequence[str], vocabulary: Vocabulary) -> list[tuple[str, str]]:
    """Return pairs of a name that the vocabulary has now and its tag; `tags` are called as they were at fit time."""
    learnt = {name: tag for tag in reversed(tags) if (name := vocabulary.canonical(tag)) != tag}
    own = set(tags)
    learnt = {name: tag for name, tag in learnt.items() if name not in own}
    renamed = set(learnt.values())
    vocabulary = vocabulary.with_tags(tag for tag in tags if tag not in renamed)
    return [
        (form, learnt.get(owner, owner))
        for tag in tags
        for form in vocabulary.phrases(vocabulary.canonical(tag))
        for owner in [_owner(fold(form), tag, vocabulary)]
    ]


def _owner(form: str, tag: str, vocabulary: Vocabulary) -> str:
    """Return the tag that a form names; the value of an attribute that is no tag's name says the attribute's tag."""
    named = vocabulary.canonical(form)
    return vocabulary.canonical(tag) if named == form and form not in vocabulary else named

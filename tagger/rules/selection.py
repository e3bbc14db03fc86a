"""Which tags a rule names."""

import re
from collections.abc import Callable, Iterable
from fnmatch import translate
from typing import Final

from index.text.folding import fold
from tagger.vocabulary import Vocabulary

_FACET: Final = "facet:"
_WILD: Final = re.compile(r"[*?]")


class Selection:
    """The tags that some words of a person name: by a name of theirs, by `facet:NAME`, or by a pattern with * and ?."""

    def __init__(self, words: Iterable[str], vocabulary: Vocabulary) -> None:
        self._vocabulary = vocabulary
        self._tags: dict[str, str] = {}
        self._facets: dict[str, str] = {}
        self._patterns: list[tuple[Callable[[str], object], str]] = []
        for word in words:
            folded = fold(word)
            if folded.startswith(_FACET):
                self._facets[folded.removeprefix(_FACET).strip()] = word
            elif _WILD.search(word):
                self._patterns.append((re.compile(translate(folded)).match, word))
            else:
                self._tags[fold(vocabulary.canonical(word))] = word

    def __bool__(self) -> bool:
        """Tell whether any word was given."""
        return bool(self._tags or self._facets or self._patterns)

    def word_for(self, tag: str) -> str:
        """Return the word that names a tag, or an empty string if none does."""
        if not self:
            return ""
        named = self._tags.get(fold(tag)) or self._facets.get(fold(self._vocabulary.facet(tag)))
        return named or self._pattern_for(tag)

    def _pattern_for(self, tag: str) -> str:
        names = [fold(name) for name in self._vocabulary.forms(tag)] if self._patterns else []
        return next((word for matches, word in self._patterns if any(map(matches, names))), "")

"""What models call tags, and what these are called now: tags may have been renamed, merged or deleted since the fit."""

from collections.abc import Callable, Iterator

from tagger.types import Ranking, Suggestion, ranked
from tagger.vocabulary import Vocabulary


class TagRenames:
    """Goes between the names that a fuser has learnt and those of the vocabulary: a new name changes no score."""

    def __init__(self, vocabulary: Vocabulary, knows: Callable[[str], bool]) -> None:
        self._vocabulary = vocabulary
        self._knows = knows

    def learnt(self, tag: str) -> str:
        """Return the name under which to fuse a tag, nothing where the tag was deleted."""
        if self._vocabulary.drops(tag):
            return ""
        name = self._vocabulary.canonical(tag)
        return name if self._knows(name) else next(self._former(name), name)

    def _former(self, name: str) -> Iterator[str]:
        """Yield the names that the fuser has learnt of a tag that it does not know by its own."""
        for form in self._vocabulary.forms(name):
            if self._knows(form) and self._vocabulary.canonical(form) == name:
                yield form

    def now(self, learnt: str) -> str:
        """Return what a tag is called now."""
        return self._vocabulary.canonical(learnt)

    def to_learnt(self, ranking: Ranking, renamed: dict[str, str]) -> Ranking:
        """Return the ranking under the names to fuse by, and note which are others; of two that are one the better."""
        scores: dict[str, float] = {}
        for tag, score in ranking:
            name = self.learnt(tag)
            if name != tag:
                renamed[tag] = name
            if name:
                scores[name] = max(score, scores.get(name, score))
        return ranking if list(scores) == [tag for tag, _ in ranking] else ranked(scores, len(scores))

    def to_current(self, ranking: Ranking) -> Ranking:
        """Return a ranking under the names of now."""
        return [Suggestion(self.now(tag), score) for tag, score in ranking]

"""Map trained tag names to current ones, for tags that were renamed, merged or deleted since the fit."""

from collections.abc import Callable, Iterator
from operator import itemgetter

from tagger.types import Ranking, Suggestion, ranked
from tagger.vocabulary import Vocabulary

_TAG = itemgetter(0)


class TagRenames:
    """Maps tag names between a trained fuser and the vocabulary, so that a rename changes no score.

    `knows` tells whether the fuser was trained on a tag of that name.
    """

    def __init__(self, vocabulary: Vocabulary, knows: Callable[[str], bool]) -> None:
        self._vocabulary = vocabulary
        self._knows = knows
        # Tags of the fuser that have kept their names: nearly all, and asked for each time.
        self._unchanged: set[str] = set()

    def learnt(self, tag: str) -> str:
        """Return the name to fuse a tag under, or an empty string if the tag was deleted."""
        if self._vocabulary.drops(tag):
            return ""
        name = self._vocabulary.canonical(tag)
        return name if self._knows(name) else next(self._former(name), name)

    def _former(self, name: str) -> Iterator[str]:
        """Yield the names under which the fuser knows a tag, if not its current one."""
        for form in self._vocabulary.forms(name):
            if self._knows(form) and self._vocabulary.canonical(form) == name:
                yield form

    def now(self, learnt: str) -> str:
        """Return the current name of a tag."""
        return self._vocabulary.canonical(learnt)

    def to_learnt(self, ranking: Ranking, renamed: dict[str, str]) -> Ranking:
        """Return the ranking under the fuser's names; if two tags become one, the better score counts.

        Changed names are added to `renamed`; a deleted tag maps to an empty string there.
        """
        if self._unchanged.issuperset(map(_TAG, ranking)):
            return ranking
        scores: dict[str, float] = {}
        for tag, score in ranking:
            name = tag if self._is_unchanged(tag) else self.learnt(tag)
            if name != tag:
                renamed[tag] = name
            if name:
                scores[name] = max(score, scores.get(name, score))
        return ranking if list(scores) == list(map(_TAG, ranking)) else ranked(scores, len(scores))

    def _is_unchanged(self, tag: str) -> bool:
        if tag in self._unchanged:
            return True
        if not self._knows(tag) or self._vocabulary.drops(tag) or self._vocabulary.canonical(tag) != tag:
            return False
        self._unchanged.add(tag)
        return True

    def to_current(self, ranking: Ranking) -> Ranking:
        """Return a ranking under current names."""
        if self._unchanged.issuperset(map(_TAG, ranking)):
            return ranking
        return [Suggestion(self.now(tag), score) for tag, score in ranking]

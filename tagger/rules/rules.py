"""A store's rules, ready to be applied to rankings."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from tagger.rules.selection import Selection
from tagger.rules.settings import RulesSection
from tagger.rules.thresholds import TagThresholds
from tagger.types import Ranking, RuleEvidence, Suggestion
from tagger.vocabulary import Vocabulary

_IMPLIED: Final = "implied"


@dataclass(frozen=True)
class Ruled:
    """A ranking by the rules, the accepted tags in it, and what rules had to do with each tag."""

    ranking: Ranking
    accepted: frozenset[str]
    evidence: Mapping[str, tuple[RuleEvidence, ...]] = field(default_factory=dict)

    def implied(self, tag: str) -> bool:
        """Tell whether another tag implies this one."""
        return any(each.rule == _IMPLIED for each in self.evidence.get(tag, ()))


class Rules:
    """Decides which tags of a ranking stay, which are accepted, and which others they imply.

    Rankings have the vocabulary's names, best first.
    """

    def __init__(self, section: RulesSection, vocabulary: Vocabulary, thresholds: TagThresholds | None = None) -> None:
        self.section = section
        self._vocabulary = vocabulary
        # Thresholds for another precision than the one that is wanted now say nothing.
        self._thresholds = thresholds if thresholds and thresholds.precision == section.precision else None
        self._denied = Selection(section.deny, vocabulary)
        self._allowed = Selection(section.allow, vocabulary)
        self._by_hand = Selection(section.never_automatic, vocabulary)
        self._implying = [(Selection([word], vocabulary), word, tags) for word, tags in section.implies.items()]

    def __bool__(self) -> bool:
        """Tell whether any rule is set."""
        return self.section != RulesSection(precision=self.section.precision) or self._thresholds is not None

    def following(self, vocabulary: Vocabulary) -> "Rules":
        """Return the same rules for another vocabulary."""
        return Rules(self.section, vocabulary, self._thresholds)

    def permits(self, tag: str) -> bool:
        """Tell whether a tag may be suggested."""
        if self._denied.word_for(tag) or (self._allowed and not self._allowed.word_for(tag)):
            return False
        return not self.section.existing_only or tag in self._vocabulary

    def threshold(self, tag: str, level: float) -> float:
        """Return the probability from which a tag is accepted; `level` is that of its product without rules."""
        return self._thresholds.of(tag, self._vocabulary.facet(tag)) if self._thresholds else level

    def apply(self, ranking: Ranking, level: float) -> Ruled:
        """Apply all rules to a product's ranking; `level` is the probability from which its tags are accepted."""
        scores = {tag: score for tag, score in ranking if self.permits(tag)}
        by_hand = {tag: word for tag in scores if (word := self._by_hand.word_for(tag))}
        accepted = {tag for tag, score in scores.items() if tag not in by_hand and score >= self.threshold(tag, level)}
        evidence = {tag: [RuleEvidence("never_automatic", word)] for tag, word in by_hand.items()}
        for tag in list(accepted):
            for implied, cause in self._implied(tag):
                if implied in accepted or not self.permits(implied) or self._by_hand.word_for(implied):
                    continue
                # What a tag implies is at least as probable as the tag.
                scores[implied] = max(scores[tag], scores.get(implied, 0.0))
                accepted.add(implied)
                evidence.setdefault(implied, []).append(RuleEvidence(_IMPLIED, cause))
        if self._thresholds:
            for tag in scores:
                evidence.setdefault(tag, []).append(RuleEvidence("threshold", f"{self.threshold(tag, level):.3f}"))
        ruled = [Suggestion(*each) for each in sorted(scores.items(), key=lambda item: (-item[1], item[0]))]
        return Ruled(ruled, frozenset(accepted), {tag: tuple(found) for tag, found in evidence.items()})

    def _implied(self, tag: str) -> Iterable[tuple[str, str]]:
        """Yield what a tag implies, also by way of other implied tags, each with the tag that implies it."""
        found = {tag}
        waiting = [tag]
        while waiting:
            cause = waiting.pop(0)
            for implied in self._directly(cause):
                if implied not in found:
                    found.add(implied)
                    waiting.append(implied)
                    yield implied, cause

    def _directly(self, tag: str) -> Iterable[str]:
        if self.section.parents:
            yield from self._vocabulary.entry(tag).parents
        for selection, _, tags in self._implying:
            if selection.word_for(tag):
                yield from map(self._vocabulary.canonical, tags)


NO_RULES: Final = Rules(RulesSection(), Vocabulary())

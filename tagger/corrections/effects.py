"""The effect of people's decisions on suggested tags: arithmetic on logits, without any training.

A tag decided for the same product is certain. A decision on a near-identical product shifts the tag's logit: by
`_STRENGTH` for an identical vector, falling linearly to 0 at the similarity `BAR`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from index.catalogue.decision import Decision
from tagger.types import Contribution, DecisionEvidence, Ranking, ranked

# Products of this similarity under multilingual-e5-small share 54 to 94 % of their tags; at .98 they share 88 to 99 %.
# One more word in a text gives a similarity of .98 to .999.
BAR = 0.95
_STRENGTH = 12.0
# p = 1 - 1e-7; the taggers' own logit, between -21 and 21, only orders the decided tags among themselves.
_DECIDED = 16.0
_ORDER = 0.01
# The logit of a tag that no tagger suggests; p = .0003.
UNSUGGESTED = -8.0
SOURCE = "corrections"


@dataclass(frozen=True)
class RelevantDecision:
    """A decision that applies to a product: the tag's current name, and the similarity of the decided product."""

    decision: Decision
    tag: str
    similarity: float = 1.0


@dataclass(frozen=True)
class Correction:
    """The effect of decisions on one tag of a product: `decided` fixes it, otherwise `shift` is added to its logit."""

    shift: float = 0.0
    decided: bool | None = None
    decisions: tuple[DecisionEvidence, ...] = ()

    def __call__(self, logit: float) -> float:
        """Return the corrected logit of the tag."""
        if self.decided is None:
            return logit + self.shift
        return (_DECIDED if self.decided else -_DECIDED) + _ORDER * logit


Corrections = Mapping[str, Correction]


@dataclass(frozen=True)
class CorrectedScore:
    """A tag's corrected score, and the contribution of the decisions to it.

    `suggested` is false if no tagger suggests the tag: it then has the single contribution `base`.
    """

    score: float
    contribution: float
    suggested: bool
    base: float = 0.0


def corrections_from(same: Iterable[RelevantDecision], near: Iterable[RelevantDecision]) -> dict[str, Correction]:
    """Return the correction of each tag, from the decisions on the same product, oldest first, and on near ones.

    The latest decision on the same product wins, and overrides all decisions on other products.
    """
    latest = {each.tag: each for each in same}
    found = {
        tag: Correction(decided=each.decision.wanted, decisions=(_decision_evidence(each),))
        for tag, each in latest.items()
    }
    others: dict[str, list[RelevantDecision]] = {}
    for each in near:
        if each.tag not in found and each.similarity > BAR:
            others.setdefault(each.tag, []).append(each)
    return found | {tag: _shift(relevant) for tag, relevant in others.items()}


def _shift(relevant: Sequence[RelevantDecision]) -> Correction:
    pulls = (weight(each.similarity) * (1 if each.decision.wanted else -1) for each in relevant)
    total = min(1.0, max(-1.0, sum(pulls)))
    return Correction(_STRENGTH * total, decisions=tuple(map(_decision_evidence, relevant)))


def weight(similarity: float) -> float:
    """Return the weight, 0 to 1, of a decision on a product of that cosine similarity."""
    return min(1.0, max(0.0, (similarity - BAR) / (1 - BAR)))


def _decision_evidence(each: RelevantDecision) -> DecisionEvidence:
    made = each.decision
    at = made.at.isoformat(timespec="seconds")
    return DecisionEvidence(made.kind, made.by, at, made.product, made.title or made.description[:80], each.similarity)


def apply_corrections(
    ranking: Ranking, corrections: Corrections, corrected: Mapping[str, CorrectedScore], limit: int
) -> Ranking:
    """Return a product's ranking with corrected scores, without rejected tags, cut at `limit`.

    `ranking` must be complete, so that lower tags can move up.
    """
    if not corrections:
        return ranking[:limit]
    scores = dict(ranking) | {tag: each.score for tag, each in corrected.items()}
    return ranked({tag: score for tag, score in scores.items() if not _is_rejected(corrections, tag)}, limit)


def _is_rejected(corrections: Corrections, tag: str) -> bool:
    return tag in corrections and corrections[tag].decided is False


def add_decision_contribution(
    contributions: tuple[Contribution, ...], corrected: CorrectedScore | None
) -> tuple[Contribution, ...]:
    """Append what the decisions on a tag contribute. A tag that only they suggest starts from its base logit."""
    if corrected is None:
        return contributions
    others = contributions if corrected.suggested else (Contribution("base", None, corrected.base),)
    return (*others, Contribution(SOURCE, None, corrected.contribution))

"""From products to tags: ask every tagger, fuse what they say, show why."""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.errors import TagweaveError
from index.product import Product
from tagger.evidence import Evidence, merged
from tagger.fusion import Fuser
from tagger.plugin import Explains, Tagger
from tagger.suggestion import Ranking, ranked
from tagger.vocabulary import Vocabulary

log = logging.getLogger(__name__)

_BATCH = 256


@dataclass(frozen=True)
class TagResult:
    """One tag of a product: how probable, whether to take it, what it is called, and why."""

    tag: str
    probability: float
    accepted: bool
    new: bool
    facet: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """A product's tags, best first, and the seconds that each stage took.

    `without` names the taggers that could not be asked, each with the reason.
    """

    tags: list[TagResult]
    seconds: Mapping[str, float]
    without: Mapping[str, str] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        tags = [result.as_dict() for result in self.tags]
        return {"tags": tags, "stages": dict(self.seconds), "without": dict(self.without)}


@dataclass(frozen=True)
class Said:
    """What the taggers said of some products, how long each took, and why the others said nothing.

    `renamed` has the tags of theirs for which the vocabulary has another name, with that name.
    """

    rankings: dict[str, list[Ranking]]
    seconds: dict[str, float]
    without: dict[str, str]
    renamed: dict[str, str]


class Pipeline:
    """Several taggers and a fuser; is itself a tagger.

    It goes on without a tagger in `optional` that fails; `without` has those that failed before they could be asked.
    """

    def __init__(
        self,
        taggers: Mapping[str, Tagger],
        fuser: Fuser,
        *,
        threshold: float,
        vocabulary: Vocabulary,
        candidates: int = 20,
        optional: Collection[str] = (),
        without: Mapping[str, str] | None = None,
    ) -> None:
        self.taggers = dict(taggers)
        self.fuser = fuser
        self.threshold = threshold
        self.vocabulary = vocabulary
        self._candidates = candidates
        self._optional = frozenset(optional)
        self._without = dict(without or {})

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking for each product; scores are probabilities."""
        batches = (products[start : start + _BATCH] for start in range(0, len(products), _BATCH))
        return [ranking for batch in batches for ranking in self.fuser.fuse(batch, self.rankings(batch), limit)]

    def rankings(self, products: Sequence[Product]) -> dict[str, list[Ranking]]:
        """Return what each tagger says."""
        return self.ask(products).rankings

    def ask(self, products: Sequence[Product]) -> Said:
        """Ask each tagger; raises what one raises that is not optional."""
        said = Said({}, {}, dict(self._without), {})
        for name, tagger in self.taggers.items():
            start = time.perf_counter()
            try:
                rankings = tagger.suggest(products, self._candidates)
                said.rankings[name] = [self._named(ranking, said.renamed) for ranking in rankings]
            except TagweaveError as error:
                if name not in self._optional:
                    raise
                log.warning("going on without %s: %s", name, error)
                said.without[name] = str(error)
            said.seconds[name] = time.perf_counter() - start
        return said

    def tag(self, products: Sequence[Product], limit: int) -> list[list[TagResult]]:
        """Return the tags of each product, without evidence."""
        return [[self._result(*each) for each in ranking] for ranking in self.suggest(products, limit)]

    def explain(self, product: Product, limit: int) -> Answer:
        """Return the tags of one product with the evidence for each."""
        said = self.ask([product])
        seconds = said.seconds
        start = time.perf_counter()
        [ranking] = self.fuser.fuse([product], said.rankings, limit)
        tags = [each.tag for each in ranking]
        [shares] = self.fuser.shares([product], said.rankings, [tags])
        seconds["fusion"] = time.perf_counter() - start
        shown = self._shown(product, tags, said)
        seconds["evidence"] = time.perf_counter() - start - seconds["fusion"]
        evidence = [merged([shown[tag], Evidence(shares=of_tag)]) for tag, of_tag in zip(tags, shares, strict=True)]
        results = [self._result(tag, score, why) for (tag, score), why in zip(ranking, evidence, strict=True)]
        return Answer(results, seconds, said.without)

    def _named(self, ranking: Ranking, renamed: dict[str, str]) -> Ranking:
        """Return the ranking under the vocabulary's names: a tag may have been merged since the tagger was fitted.

        Of two that are one now the higher score counts.
        """
        if all(tag in self.vocabulary for tag, _ in ranking):
            return ranking
        scores: dict[str, float] = {}
        for tag, score in ranking:
            name = self.vocabulary.canonical(tag)
            scores[name] = max(score, scores.get(name, score))
            if name != tag:
                renamed[tag] = name
        return ranked(scores, len(scores))

    def _shown(self, product: Product, tags: Sequence[str], said: Said) -> dict[str, Evidence]:
        names = {**{old: new for old, new in said.renamed.items() if new in tags}, **{tag: tag for tag in tags}}
        explaining = [
            each for name, each in self.taggers.items() if name in said.rankings and isinstance(each, Explains)
        ]
        parts = [tagger.explain([product], [list(names)])[0] for tagger in explaining]
        return {
            tag: merged(part[old] for part in parts for old, new in names.items() if new == tag and old in part)
            for tag in tags
        }

    def _result(self, tag: str, probability: float, evidence: Evidence | None = None) -> TagResult:
        return TagResult(
            tag=tag,
            probability=probability,
            accepted=probability >= self.threshold,
            new=tag not in self.vocabulary,
            facet=self.vocabulary.facet(tag),
            labels=self.vocabulary.labels(tag),
            evidence=evidence or Evidence(),
        )

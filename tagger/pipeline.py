"""From products to tags: ask every tagger, fuse what they say, show why."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.product import Product
from tagger.evidence import Evidence, merged
from tagger.fusion import Fuser
from tagger.plugin import Explains, Tagger
from tagger.suggestion import Ranking
from tagger.vocabulary import Vocabulary

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
    """A product's tags, best first, and the seconds that each stage took."""

    tags: list[TagResult]
    seconds: Mapping[str, float]


class Pipeline:
    """Several taggers and a fuser; is itself a tagger."""

    def __init__(
        self,
        taggers: Mapping[str, Tagger],
        fuser: Fuser,
        *,
        threshold: float,
        vocabulary: Vocabulary,
        candidates: int = 20,
    ) -> None:
        self.taggers = dict(taggers)
        self.fuser = fuser
        self.threshold = threshold
        self.vocabulary = vocabulary
        self._candidates = candidates

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking for each product; scores are probabilities."""
        batches = (products[start : start + _BATCH] for start in range(0, len(products), _BATCH))
        return [ranking for batch in batches for ranking in self.fuser.fuse(batch, self.rankings(batch), limit)]

    def rankings(
        self, products: Sequence[Product], seconds: dict[str, float] | None = None
    ) -> dict[str, list[Ranking]]:
        """Return what each tagger says; the time of each goes into `seconds`."""
        said = {}
        for name, tagger in self.taggers.items():
            start = time.perf_counter()
            said[name] = tagger.suggest(products, self._candidates)
            if seconds is not None:
                seconds[name] = time.perf_counter() - start
        return said

    def tag(self, products: Sequence[Product], limit: int) -> list[list[TagResult]]:
        """Return the tags of each product, without evidence."""
        return [[self._result(*each) for each in ranking] for ranking in self.suggest(products, limit)]

    def explain(self, product: Product, limit: int) -> Answer:
        """Return the tags of one product with the evidence for each."""
        seconds: dict[str, float] = {}
        said = self.rankings([product], seconds)
        start = time.perf_counter()
        [ranking] = self.fuser.fuse([product], said, limit)
        tags = [each.tag for each in ranking]
        [shares] = self.fuser.shares([product], said, [tags])
        seconds["fusion"] = time.perf_counter() - start
        shown = self._shown(product, tags)
        seconds["evidence"] = time.perf_counter() - start - seconds["fusion"]
        evidence = [merged([shown[tag], Evidence(shares=of_tag)]) for tag, of_tag in zip(tags, shares, strict=True)]
        results = [self._result(tag, score, why) for (tag, score), why in zip(ranking, evidence, strict=True)]
        return Answer(results, seconds)

    def _shown(self, product: Product, tags: Sequence[str]) -> dict[str, Evidence]:
        explaining = [each for each in self.taggers.values() if isinstance(each, Explains)]
        parts = [tagger.explain([product], [tags])[0] for tagger in explaining]
        return {tag: merged(part[tag] for part in parts if tag in part) for tag in tags}

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

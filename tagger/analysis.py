"""Analyse products once, then read rankings and evidence from the analysis."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cache
from typing import cast

from index.product import Product
from tagger.plugins import Analysis, Analyzes, BaseTagger, Explains
from tagger.types import Evidence, Ranking


def analyze(tagger: BaseTagger, products: Sequence[Product]) -> Analysis:
    """Return the tagger's analysis; without an `analyze` method, `suggest` and `explain` are called when needed."""
    if _analyzes(type(tagger)):
        return cast(Analyzes, tagger).analyze(products)
    return _Deferred(tagger, products)


@cache
def _analyzes(kind: type) -> bool:
    # Python looks up all methods of a protocol each time, which takes longer than some taggers.
    return issubclass(kind, Analyzes)


@dataclass(frozen=True)
class _Deferred:
    """Calls the tagger each time something is read."""

    tagger: BaseTagger
    products: Sequence[Product]

    def rankings(self, limit: int) -> list[Ranking]:
        return self.tagger.suggest(self.products, limit)

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return self.tagger.explain(self.products, tags) if isinstance(self.tagger, Explains) else [{} for _ in tags]

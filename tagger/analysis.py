"""What a tagger finds in products at one look, read twice: as rankings and as evidence."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from index.product import Product
from tagger.plugins import Analysis, Analyzes, BaseTagger, Explains
from tagger.types import Evidence, Ranking


def analyze(tagger: BaseTagger, products: Sequence[Product]) -> Analysis:
    """Return a tagger's analysis; one that makes none is asked once for rankings and once for evidence."""
    return tagger.analyze(products) if isinstance(tagger, Analyzes) else _Deferred(tagger, products)


@dataclass(frozen=True)
class _Deferred:
    """Asks the tagger whenever something is read."""

    tagger: BaseTagger
    products: Sequence[Product]

    def rankings(self, limit: int) -> list[Ranking]:
        return self.tagger.suggest(self.products, limit)

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return self.tagger.explain(self.products, tags) if isinstance(self.tagger, Explains) else [{} for _ in tags]

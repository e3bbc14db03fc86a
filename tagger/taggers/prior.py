"""Suggest the most frequent tags in the product's language, whatever the text says."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from index.product import Product
from tagger.plugins import Resources
from tagger.types import Ranking, ranked


class PriorTagger:
    """Scores a tag by the share of products in the same language that have it."""

    text_only: Literal[True] = True

    def __init__(self) -> None:
        self._rankings: dict[str, Ranking] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Count the tags over all products and per language."""
        groups: dict[str, list[Product]] = {"": list(products)}
        for product in products:
            groups.setdefault(product.lang, []).append(product)
        self._rankings = {lang: _ranking(_shares(group)) for lang, group in groups.items()}

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most frequent tags of each product's language, or of all products for an unknown language."""
        everywhere = self._rankings.get("", [])
        return [self._rankings.get(product.lang, everywhere)[:limit] for product in products]

    def save(self, folder: Path) -> None:
        """Write the shares."""
        shares = {lang: dict(ranking) for lang, ranking in self._rankings.items()}
        (folder / "shares.json").write_text(json.dumps(shares, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read the shares."""
        shares = json.loads((folder / "shares.json").read_text("utf-8"))
        self._rankings = {lang: _ranking(of_language) for lang, of_language in shares.items()}


def _ranking(shares: Mapping[str, float]) -> Ranking:
    """Sort all tags once, so that `suggest` only has to take the first ones."""
    return ranked(shares, len(shares))


def _shares(products: Sequence[Product]) -> dict[str, float]:
    counts = Counter(tag for product in products for tag in product.tags)
    return {tag: count / len(products) for tag, count in counts.items()}


def create(resources: Resources) -> PriorTagger:
    """Create the tagger for the plugin registry."""
    return PriorTagger()

"""Suggest what is most often right: the tags' frequencies, in the product's language."""

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from index.product import Product
from tagger.plugins import Resources
from tagger.types import Ranking, ranked


class PriorTagger:
    """Scores a tag by the share of the products of the same language that have it."""

    def __init__(self) -> None:
        self._shares: dict[str, dict[str, float]] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Count the tags, over all products and by language."""
        groups: dict[str, list[Product]] = {"": list(products)}
        for product in products:
            groups.setdefault(product.lang, []).append(product)
        self._shares = {lang: _shares(group) for lang, group in groups.items()}

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most frequent tags of each product's language."""
        by_language = {lang: ranked(shares, limit) for lang, shares in self._shares.items()}
        everywhere = by_language.get("", [])
        return [list(by_language.get(product.lang, everywhere)) for product in products]

    def save(self, folder: Path) -> None:
        """Write the shares."""
        (folder / "shares.json").write_text(json.dumps(self._shares, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read the shares."""
        self._shares = json.loads((folder / "shares.json").read_text("utf-8"))


def _shares(products: Sequence[Product]) -> dict[str, float]:
    counts = Counter(tag for product in products for tag in product.tags)
    return {tag: count / len(products) for tag, count in counts.items()}


def create(resources: Resources) -> PriorTagger:
    """Make the tagger for the plugin registry."""
    return PriorTagger()

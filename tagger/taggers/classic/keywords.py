"""TF-IDF keywords: the tags whose names are the rarest words of the text (Spärck Jones 1972)."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np

from index.product import Product
from tagger.plugins import Resources
from tagger.taggers.classic.text_rows import TextRows
from tagger.types import Ranking, ranked


class KeywordTagger:
    """Scores a tag by the mean TF-IDF weight of its words, if all of them occur in it.

    Nothing is learnt from the labels but which tags there are.
    """

    text_only: Literal[True] = True

    def __init__(self, rows: TextRows) -> None:
        self._rows = rows
        self._words: dict[str, list[int]] = {}
        self._tags_with: dict[int, list[str]] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Count in how many products each word occurs, and look up the words of the tags."""
        self._rows.fit(products)
        self._look_up_names()

    def _look_up_names(self) -> None:
        columns = {tag: self._rows.columns_of(tag) for tag in self._rows.tags}
        self._words = {tag: found for tag, found in columns.items() if found}
        self._tags_with = {}
        for tag, found in self._words.items():
            self._tags_with.setdefault(found[0], []).append(tag)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that stand in each product's text, those of the weightiest words first."""
        rows = self._rows.rows(product.text for product in products)
        found = []
        for place in range(len(products)):
            row = rows[place]
            weights = dict(zip(row.indices.tolist(), row.data.tolist(), strict=True))
            near = {tag for column in weights for tag in self._tags_with.get(column, ())}
            scores = {tag: self._score(tag, weights) for tag in near}
            found.append(ranked({tag: score for tag, score in scores.items() if score > 0}, limit))
        return found

    def _score(self, tag: str, weights: dict[int, float]) -> float:
        columns = self._words[tag]
        if not all(column in weights for column in columns):
            return 0.0
        return float(np.mean([weights[column] for column in columns]))

    def save(self, folder: Path) -> None:
        """Write the words with their weights, and the tags."""
        self._rows.save(folder)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        self._rows.load(folder)
        self._look_up_names()


def create(resources: Resources, *, least_products: int = 1) -> KeywordTagger:
    """Create the tagger for the plugin registry; a word must occur in `least_products` products."""
    return KeywordTagger(TextRows("words", least_products))

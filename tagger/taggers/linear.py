"""Linear classifiers over TF-IDF features, one per tag, arranged in label trees if there are many tags (Omikuji)."""

import json
import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Any, Literal

import numpy as np

from index.errors import BadSetting
from index.messages import Message
from index.product import Product
from index.text.normal_form import VERSION, saved_version
from tagger.plugins import Resources
from tagger.taggers.native_output import drop_native_output
from tagger.taggers.occlusion import occlusion
from tagger.taggers.tfidf import SparseRows, Tfidf, fit_tfidf
from tagger.taggers.word_features import ANALYZERS, WordFeatures
from tagger.types import Evidence, Ranking, Span, ranked

_DIGITS = 5
# Number of tags that are scored again for each left-out word.
_EXPLAINED = 50


# A text's features, as (index, value) pairs.
Row = list[tuple[int, float]]


class LinearTagger:
    """Scores a tag by Omikuji's probability: the product of the classifiers' probabilities on the path to the tag.

    Omikuji is a Rust implementation of Parabel (Prabhu et al., WWW 2018) and Bonsai. Features are TF-IDF with
    sublinear counts and unit length. Up to `flat_tags` tags, each tag has one classifier over all products. More tags
    are arranged in `trees` label trees, which are faster and less exact. Trees differ between runs, because Omikuji's
    clustering has no seed.
    """

    text_only: Literal[True] = True

    def __init__(
        self, *, analyzer: str, least_products: int, cost: float, flat_tags: int, trees: int, occlusion: bool
    ) -> None:
        self._analyzer = analyzer
        self._version = VERSION
        self._least = least_products
        self._cost = cost
        self._flat_tags = flat_tags
        self._trees = trees
        self.occlusion = occlusion
        self._features_of: WordFeatures | None = None
        self._tfidf: Tfidf | None = None
        self._tags: list[str] = []
        self._model: Any = None

    def fit(self, products: Sequence[Product]) -> None:
        """Fit the feature weights and one classifier per tag; without any usable feature the tagger stays empty."""
        self._tags = sorted({tag for product in products for tag in product.tags})
        self._tfidf = self._model = None
        self._version = VERSION
        self._features_of = WordFeatures(self._analyzer, VERSION, self._tags)
        found = fit_tfidf(self._features_of, (product.text for product in products), min(self._least, len(products)))
        if found is None:
            return
        self._tfidf, features = found
        numbers = {tag: number for number, tag in enumerate(self._tags)}
        labels = [sorted(numbers[tag] for tag in product.tags) for product in products]
        self._model = self._train(features, labels)

    def _train(self, features: SparseRows, labels: Sequence[Sequence[int]]) -> Any:
        import omikuji

        settings = omikuji.Model.default_hyper_param()
        settings.linear_c = self._cost
        if len(self._tags) <= self._flat_tags:
            # Below `min_branch_size` Omikuji does not branch; several trees without branches would be identical.
            settings.n_trees, settings.min_branch_size = 1, self._flat_tags + 1
        else:
            settings.n_trees = self._trees
        with tempfile.TemporaryDirectory(prefix="tagweave-") as folder:
            path = Path(folder) / "train.txt"
            with path.open("w", encoding="ascii") as file:
                file.write(f"{features.shape[0]} {features.shape[1] + 1} {len(self._tags)}\n")
                file.writelines(_data_lines(features, labels))
            with drop_native_output():
                return omikuji.Model.train_on_data(str(path), settings)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most probable tags of each product."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return, for each tag, the words without which it would be far less probable."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "TextFeatures":
        """Compute the texts' features once, for both `rankings` and `evidence`."""
        return TextFeatures(self, products, self._features(products))

    def _features(self, products: Sequence[Product]) -> list[Row]:
        if self._tfidf is None:
            return [[] for _ in products]
        return list(_rows(self._tfidf.rows(product.text for product in products)))

    def rows_without(self, text: str, parts: Sequence[Sequence[Span]]) -> list[Row]:
        """Return the features of a text without each of these parts, one row for each."""
        if self._tfidf is None or self._features_of is None:
            return [[] for _ in parts]
        left = self._features_of.without(text, [[(span.start, span.end) for span in spans] for spans in parts])
        return list(_rows(self._tfidf.rows_of(left)))

    def rank(self, row: Row, limit: int) -> Ranking:
        """Return the most probable tags for one text's features."""
        return ranked(self.score(row, limit), limit)

    def score(self, row: Row, limit: int) -> dict[str, float]:
        """Return the scores of the most probable tags for one text's features."""
        if self._model is None:
            return {}
        found = self._model.predict(row, beam_size=max(10, limit), top_k=limit)
        return {self._tags[number]: score for number, score in found}

    def save(self, folder: Path) -> None:
        """Write the tags, the features with their weights, and Omikuji's trees."""
        features = self._tfidf.features if self._tfidf else []
        learnt = {"tags": self._tags, "features": features, "normal_form": self._version}
        (folder / "features.json").write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")
        if self._tfidf:
            np.save(folder / "idf.npy", self._tfidf.idf, allow_pickle=False)
            with drop_native_output():
                self._model.save(str(folder / "omikuji"))

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        import omikuji

        learnt = json.loads((folder / "features.json").read_text("utf-8"))
        self._tags = learnt["tags"]
        self._version = saved_version(learnt)
        self._tfidf = self._model = None
        if learnt["features"]:
            idf = np.load(folder / "idf.npy", allow_pickle=False)
            self._features_of = WordFeatures(self._analyzer, self._version, self._tags)
            self._tfidf = Tfidf(self._features_of, learnt["features"], idf)
            with drop_native_output():
                self._model = omikuji.Model.load(str(folder / "omikuji"))


@dataclass(frozen=True)
class TextFeatures:
    """The features of several products' texts, one row per product."""

    tagger: LinearTagger
    products: Sequence[Product]
    rows: Sequence[Row]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the most probable tags of each product."""
        return [self.tagger.rank(row, limit) for row in self.rows]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return, for each tag, the words without which it would be far less probable."""
        if not self.tagger.occlusion:
            return [{} for _ in self.products]
        return [
            occlusion(self._scores_without, product.text, self.tagger.score(row, _EXPLAINED), wanted) if wanted else {}
            for product, row, wanted in zip(self.products, self.rows, tags, strict=True)
        ]

    def _scores_without(self, text: str, parts: Sequence[Sequence[Span]]) -> list[dict[str, float]]:
        return [self.tagger.score(row, _EXPLAINED) for row in self.tagger.rows_without(text, parts)]


def _rows(features: SparseRows) -> Iterator[Row]:
    """Yield each row as (feature, value) pairs; feature 0 is a constant, because Omikuji refuses empty rows."""
    for start, end in pairwise(features.indptr.tolist()):
        columns, values = features.indices[start:end] + 1, features.data[start:end]
        yield [(0, 1e-3), *zip(columns.tolist(), values.tolist(), strict=True)]


def _data_lines(features: SparseRows, labels: Iterable[Sequence[int]]) -> Iterator[str]:
    """Yield lines in the format of the Extreme Classification Repository: labels, then feature:value pairs."""
    for row, numbers in zip(_rows(features), labels, strict=True):
        values = " ".join(f"{feature}:{value:.{_DIGITS}f}" for feature, value in row)
        yield f"{','.join(map(str, numbers))} {values}\n"


def create(
    resources: Resources,
    *,
    analyzer: str = "pairs",
    least_products: int = 1,
    cost: float = 3.0,
    flat_tags: int = 5000,
    trees: int = 3,
    occlusion: bool = True,
) -> LinearTagger:
    """Create the tagger for the plugin registry.

    A feature must occur in `least_products` products. `cost` is the weight of the training loss relative to the
    regularisation. `occlusion` turns on evidence: the words that support a tag.
    """
    if analyzer not in ANALYZERS:
        raise BadSetting(
            "value.choices", what=Message("linear.analyzer"), value=analyzer, available=", ".join(ANALYZERS)
        )
    if cost <= 0 or trees < 1 or least_products < 1 or flat_tags < 0:
        raise BadSetting("linear.minimums")
    return LinearTagger(
        analyzer=analyzer,
        least_products=least_products,
        cost=cost,
        flat_tags=flat_tags,
        trees=trees,
        occlusion=occlusion,
    )

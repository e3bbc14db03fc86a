"""The TF-IDF rows of the classic taggers, with their files."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import scipy.sparse as sp

from index.errors import BadSetting
from index.messages import Message
from index.product import Product
from index.text.normal_form import VERSION
from tagger.plugins.option_checks import check_minimum
from tagger.taggers.tfidf import SparseRows, Tfidf, fit_tfidf
from tagger.taggers.word_features import ANALYZERS, WordFeatures

_FEATURES = "features.json"
_IDF = "idf.npy"


class TextRows:
    """Turns texts into TF-IDF rows of unit length; a feature must occur in `least_products` products."""

    def __init__(self, analyzer: str, least_products: int) -> None:
        if analyzer not in ANALYZERS:
            raise BadSetting(
                "value.choices", what=Message("linear.analyzer"), value=analyzer, available=", ".join(ANALYZERS)
            )
        check_minimum(1, least_products=least_products)
        self._analyzer = analyzer
        self._least = least_products
        self._tfidf: Tfidf | None = None
        self.tags: list[str] = []

    @property
    def width(self) -> int:
        """Return the number of features."""
        return len(self._tfidf.idf) if self._tfidf else 0

    def fit(self, products: Sequence[Product]) -> sp.csr_matrix:
        """Learn the features of labelled products; return their rows, (products, features)."""
        self.tags = sorted({tag for product in products for tag in product.tags})
        texts = [product.text for product in products]
        found = fit_tfidf(self._features(VERSION), texts, min(self._least, len(texts)))
        self._tfidf, rows = found or (None, None)
        return _matrix(rows) if rows else sp.csr_matrix((len(texts), 0), dtype=np.float32)

    def rows(self, texts: Iterable[str]) -> sp.csr_matrix:
        """Return the rows of texts, float32 (texts, features)."""
        listed = list(texts)
        if self._tfidf is None:
            return sp.csr_matrix((len(listed), 0), dtype=np.float32)
        return _matrix(self._tfidf.rows(listed))

    def columns_of(self, text: str) -> list[int]:
        """Return the columns of a text's features, each once, in ascending order."""
        columns: list[int] = self.rows([text]).indices.tolist()
        return columns

    def save(self, folder: Path) -> None:
        """Write the tags, the features and their weights."""
        features = self._tfidf.features if self._tfidf else []
        learnt = {"tags": self.tags, "features": features, "normal_form": VERSION}
        (folder / _FEATURES).write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")
        if self._tfidf:
            np.save(folder / _IDF, self._tfidf.idf, allow_pickle=False)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        learnt = json.loads((folder / _FEATURES).read_text("utf-8"))
        self.tags, self._tfidf = learnt["tags"], None
        if learnt["features"]:
            idf = np.load(folder / _IDF, allow_pickle=False)
            self._tfidf = Tfidf(self._features(learnt["normal_form"]), learnt["features"], idf)

    def _features(self, version: int) -> WordFeatures:
        return WordFeatures(self._analyzer, version, self.tags)


def _matrix(rows: SparseRows) -> sp.csr_matrix:
    return sp.csr_matrix((rows.data, rows.indices, rows.indptr), rows.shape)

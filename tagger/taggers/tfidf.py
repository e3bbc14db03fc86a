"""TF-IDF features of texts: sublinear counts, rows of unit length.

They are bit for bit those of scikit-learn's `TfidfVectorizer`. scikit-learn takes a second to import, and a command
that tags one text has no use for the rest of it.
"""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Analyzer = Callable[[str], list[str]]
Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class SparseRows:
    """A sparse matrix: row i has `data[indptr[i]:indptr[i + 1]]` in the ascending columns `indices[...]`."""

    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]
    data: Floats
    columns: int

    @property
    def shape(self) -> tuple[int, int]:
        """Return the numbers of rows and columns."""
        return len(self.indptr) - 1, self.columns


class Tfidf:
    """Turns texts into TF-IDF rows.

    `features` maps each feature to its column; `idf`, float32 (features,), has the columns' inverse document
    frequencies.
    """

    def __init__(self, analyze: Analyzer, features: Sequence[str], idf: Floats) -> None:
        self._analyze = analyze
        self._columns = {feature: column for column, feature in enumerate(features)}
        self.idf = idf

    @property
    def features(self) -> list[str]:
        """Return the features in the order of their columns."""
        return list(self._columns)

    def rows(self, texts: Iterable[str]) -> SparseRows:
        """Return one row for each text; features that are not known are skipped."""
        return self.rows_of(map(self._analyze, texts))

    def rows_of(self, texts: Iterable[Sequence[str]]) -> SparseRows:
        """Return one row for each text, given by its features; those that are not known are skipped."""
        columns = self._columns
        counted = (Counter(map(columns.get, features)) for features in texts)
        return _weighted(_stack(counted, len(columns)), self.idf)


def fit_tfidf(analyze: Analyzer, texts: Iterable[str], least: int) -> tuple[Tfidf, SparseRows] | None:
    """Return the TF-IDF features that occur in at least `least` texts, and the texts' rows.

    None if no feature does. The weight of a feature in df of n texts is ln((1 + n) / (1 + df)) + 1.
    """
    counted = [Counter(analyze(text)) for text in texts]
    found = Counter(feature for each in counted for feature in each)
    features = sorted(feature for feature, count in found.items() if count >= least)
    if not features:
        return None
    columns = {feature: column for column, feature in enumerate(features)}
    idf = _idf(len(counted), np.array([found[feature] for feature in features], np.float32))
    by_column = (Counter({columns.get(feature): count for feature, count in each.items()}) for each in counted)
    return Tfidf(analyze, features, idf), _weighted(_stack(by_column, len(features)), idf)


def _idf(texts: int, having: Floats) -> Floats:
    weights: Floats = np.log(np.float32(1 + texts) / (having + np.float32(1))) + np.float32(1)
    return weights


def _stack(counted: Iterable[Mapping[int | None, int]], columns: int) -> SparseRows:
    """Stack counts by column as rows; the column None is left out."""
    bounds, indices, counts = array("q", [0]), array("i"), array("f")
    for each in counted:
        places = sorted(column for column in each if column is not None)
        indices.extend(places)
        counts.extend(map(each.__getitem__, places))
        bounds.append(len(indices))
    return SparseRows(
        np.frombuffer(bounds, np.int64),
        np.frombuffer(indices, np.int32) if indices else np.zeros(0, np.int32),
        np.frombuffer(counts, np.float32) if counts else np.zeros(0, np.float32),
        columns,
    )


def _weighted(counts: SparseRows, idf: Floats) -> SparseRows:
    """Return the rows of unit length for counts."""
    weights = (np.log(counts.data) + np.float32(1)) * idf[counts.indices]
    lengths = _lengths(weights, counts.indptr)
    # Divided in double precision, as scikit-learn does.
    data = (weights / np.repeat(lengths, np.diff(counts.indptr))).astype(np.float32)
    return SparseRows(counts.indptr, counts.indices, data, counts.columns)


def _lengths(data: Floats, indptr: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """Return the length of each row, in double precision; 1 for an empty one."""
    squares = data * data
    # `accumulate` adds one number after the other, as scikit-learn does; `sum` would round in another order.
    sums = [
        np.add.accumulate(squares[start:end], dtype=np.float64)[-1] if end > start else 1.0
        for start, end in pairwise(indptr.tolist())
    ]
    return np.sqrt(np.array(sums, np.float64))

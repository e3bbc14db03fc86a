"""Titles as weighted features, and the pairs of titles that share many of them."""

from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from index.text.normal_form import NormalText
from index.text.tokens import cut_chinese

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_BLOCK: Final = 500
_BEGINNING_CHARS: Final = 5
# Beginnings of words, and single ideographs, count for less than whole words.
_PART: Final = 0.5
_LEAST_RARITY: Final = 0.1
# A feature of more titles than this finds no pairs, only weighs them: a pair shares rarer ones, too.
_LEAST_COMMON: Final = 200
_MOST_COMMON: Final = 1000
_COMMON_SHARE: Final = 0.01


def features_of(form: NormalText) -> dict[str, float]:
    """Return the features of a title in its normal form, each with its share of a word."""
    features: dict[str, float] = {}
    for word, han in zip(form.words, form.han, strict=True):
        if han:
            features |= {f"#{character}": _PART for character in word}
            features |= dict.fromkeys(cut_chinese(word), 1.0)
        else:
            features |= {f"{word[:_BEGINNING_CHARS]}*": _PART, word: 1.0}
    return features


def weighted(titles: Iterable[dict[str, float]]) -> "csr_array":
    """Return the features of titles, (titles, features), weighted by how rare they are."""
    from scipy.sparse import csr_array

    places: dict[str, int] = {}
    columns, shares, ends = array("q"), array("d"), array("q", [0])
    for title in titles:
        columns.extend(places.setdefault(feature, len(places)) for feature in title)
        shares.extend(title.values())
        ends.append(len(columns))
    found = np.frombuffer(columns, np.int64) if columns else np.zeros(0, np.int64)
    counts = np.bincount(found, minlength=len(places))
    rarity = np.log((len(ends)) / (counts + 0.5)).clip(_LEAST_RARITY)
    return csr_array((np.array(shares) * rarity[found], found, np.array(ends)), shape=(len(ends) - 1, len(places)))


def candidates(rows: "csr_array", least: float) -> Iterator[tuple[int, int]]:
    """Yield pairs of rows whose cosine over their rarer features is at least `least`, as (i, j) with i < j."""
    lengths = np.sqrt(rows.multiply(rows).sum(axis=1)).clip(1e-9)
    counts = np.bincount(rows.indices, minlength=rows.shape[1])
    most = min(max(_LEAST_COMMON, int(_COMMON_SHARE * rows.shape[0])), _MOST_COMMON)
    rarer = rows.copy()
    rarer.data = np.where(counts[rows.indices] <= most, rows.data, 0.0) / np.repeat(lengths, np.diff(rows.indptr))
    rarer.eliminate_zeros()
    others: Any = rarer.T.tocsr()
    for begin in range(0, rows.shape[0], _BLOCK):
        found = (rarer[begin : begin + _BLOCK] @ others).tocoo()
        first = found.row + begin
        near = (found.data >= least) & (first < found.col)
        yield from zip(first[near].tolist(), found.col[near].tolist(), strict=True)

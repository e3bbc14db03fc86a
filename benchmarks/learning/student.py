"""A light student, which learns tags from some labelled products of a pool in a fraction of a second."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import scipy.sparse as sparse

from index.encoders.base import Encoder
from index.product import Product
from index.text.normal_form import VERSION
from tagger.tag_names.names_in_text import NormalNames
from tagger.taggers.tfidf import SparseRows, fit_tfidf
from tagger.taggers.word_features import WordFeatures

# Weight of the vectors against the words, in the ridge regression; its regularisation.
_OF_VECTORS = 0.5
_RIDGE = 0.1
_NEIGHBOURS = 20
_TEMPERATURE = 0.02
# Weight, in products, of how often all names are right against how often one is; the same at the start, of 6 products.
_USUAL = 4.0
_AT_FIRST = (3.0, 6.0)

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Texts:
    """Products as arrays: vectors, (n, dim); words, (n, features); names found and right tags, (n, tags)."""

    vectors: Floats
    words: sparse.csr_matrix
    names: sparse.csr_matrix
    tags: sparse.csr_matrix


def read_texts(pool: Sequence[Product], measured: Sequence[Product], encoder: Encoder) -> tuple[Texts, Texts]:
    """Turn the products of the pool, and those that measure, into arrays."""
    tags = sorted({tag for product in (*pool, *measured) for tag in product.tags})
    names = NormalNames([(tag, tag) for tag in tags], 2)
    found = fit_tfidf(WordFeatures("pairs", VERSION, ()), (product.text for product in pool), 2)
    assert found, "no word occurs twice"
    tfidf, rows = found
    places = {tag: place for place, tag in enumerate(tags)}

    def texts(products: Sequence[Product], words: SparseRows) -> Texts:
        return Texts(
            encoder.encode([product.text for product in products]),
            sparse.csr_matrix((words.data, words.indices, words.indptr), words.shape),
            _ones([[places[tag] for tag, _ in names.find(product.text)] for product in products], len(tags)),
            _ones([[places[tag] for tag in product.tags] for product in products], len(tags)),
        )

    return texts(pool, rows), texts(measured, tfidf.rows(product.text for product in measured))


def _ones(rows: Sequence[Sequence[int]], columns: int) -> sparse.csr_matrix:
    distinct = [sorted(set(row)) for row in rows]
    indptr = np.cumsum([0, *map(len, distinct)])
    indices = np.array([column for row in distinct for column in row], np.int32)
    return sparse.csr_matrix((np.ones(len(indices), np.float32), indices, indptr), (len(rows), columns))


def learn(pool: Texts, labelled: Sequence[int], asked: Texts) -> Floats:
    """Return the probability of each tag for each product asked about, (asked, tags)."""
    vectors, words = pool.vectors[labelled], pool.words[labelled]
    right = pool.tags[labelled].toarray()
    used = np.flatnonzero(right.any(axis=0))
    usual = right[:, used].mean(axis=0)
    kernel = (words @ words.T).toarray() + _OF_VECTORS * (vectors @ vectors.T)
    weights = np.linalg.solve(kernel + _RIDGE * np.eye(len(labelled), dtype=np.float32), right[:, used] - usual)
    alike = asked.vectors @ vectors.T
    by_words = ((asked.words @ words.T).toarray() + _OF_VECTORS * alike) @ weights + usual
    learnt = np.zeros((len(alike), right.shape[1]), np.float32)
    learnt[:, used] = (np.clip(by_words, 0, 1) + _votes(alike, right[:, used])) / 2
    named = asked.names.toarray()
    reliable = _reliability(pool.names[labelled].toarray(), right)
    return np.asarray(np.where(named > 0, (learnt + reliable) / 2, 0.9 * learnt), np.float32)


def _votes(alike: Floats, right: Floats) -> Floats:
    nearest = np.argsort(-alike, axis=1, kind="stable")[:, :_NEIGHBOURS]
    scores = np.take_along_axis(alike, nearest, axis=1)
    weights = np.exp((scores - scores.max(axis=1, keepdims=True)) / _TEMPERATURE)
    weights /= weights.sum(axis=1, keepdims=True)
    rows = np.repeat(np.arange(len(alike)), nearest.shape[1])
    votes = sparse.csr_matrix((weights.ravel(), (rows, nearest.ravel())), alike.shape)
    return np.asarray((votes @ sparse.csr_matrix(right)).toarray(), np.float32)


def _reliability(named: Floats, right: Floats) -> Floats:
    """Return how often each tag is right where its name occurs, shrunk towards the share of all names, (tags,)."""
    found, hits = named.sum(axis=0), (named * right).sum(axis=0)
    share = (hits.sum() + _AT_FIRST[0]) / (found.sum() + _AT_FIRST[1])
    return np.asarray((hits + _USUAL * share) / (found + _USUAL), np.float32)


def best_f1(chances: Floats, right: sparse.csr_matrix) -> float:
    """Return the micro-F1 at the best threshold."""
    wanted = right.toarray().ravel() > 0
    order = np.argsort(-chances.ravel(), kind="stable")[: 4 * int(wanted.sum())]
    hits = np.cumsum(wanted[order])
    return float((2 * hits / (np.arange(1, len(order) + 1) + wanted.sum())).max())

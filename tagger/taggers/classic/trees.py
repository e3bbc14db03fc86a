"""Decision trees and random forests, one for each tag (Breiman et al. 1984; Breiman, "Random forests", 2001).

A tag's trees see only the features that tell most about the tag by the chi-squared test (Yang and Pedersen, "A
comparative study on feature selection in text categorization", ICML 1997). Most words say nothing about most tags, and
a forest that draws its features at random would hardly ever draw the few that do.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp

from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_minimum
from tagger.plugins.threads import one_thread_per_core
from tagger.taggers.classic.one_vs_rest import Arrays, Labels, OneVsRestTagger
from tagger.taggers.classic.text_rows import TextRows

# Rows whose features are spread out at a time.
_ROWS = 64
Ints = npt.NDArray[np.int64]


class TreeClassifiers:
    """Trains what `grow` makes for each tag, on the tag's best `features` columns."""

    def __init__(self, grow: Callable[[], Any], features: int) -> None:
        self._grow = grow
        self._features = features

    def learn(self, rows: sp.csr_matrix, labels: Labels) -> Arrays:
        """Return the nodes of all trees, one after the other, and the number of trees of each tag."""
        best = most_telling(rows, labels, self._features)
        columns = rows.tocsc()

        def train(place: int) -> list[dict[str, np.ndarray]]:
            wanted = best[place]
            model = self._grow().fit(columns[:, wanted].toarray(), labels[:, place])
            return [_nodes(tree, wanted, model.classes_) for tree in getattr(model, "estimators_", [model])]

        with one_thread_per_core() as threads:
            by_tag = list(threads.map(train, range(labels.shape[1])))
        return _joined(by_tag)

    def probabilities(self, learnt: Arrays, rows: sp.csr_matrix) -> Matrix:
        """Return the mean share of the tag in the leaves that a row reaches, float32 (rows, tags)."""
        trees = np.asarray(learnt["trees"], np.int64)
        starts = np.concatenate([[0], np.cumsum(trees)[:-1]])
        found = np.empty((rows.shape[0], len(trees)), np.float32)
        for start in range(0, rows.shape[0], _ROWS):
            shares = _leaf_shares(learnt, rows[start : start + _ROWS].toarray())
            found[start : start + _ROWS] = np.add.reduceat(shares, starts, axis=1) / trees
        return found


def most_telling(rows: sp.csr_matrix, labels: Labels, count: int) -> Ints:
    """Return the columns with the highest chi-squared value for each tag, (tags, at most count), in ascending order."""
    observed = np.asarray((rows.T @ labels.astype(np.float32)).T, np.float64)
    total = np.asarray(rows.sum(axis=0), np.float64).ravel()
    share = labels.mean(axis=0)[:, None]
    found = np.empty((labels.shape[1], min(count, rows.shape[1])), np.int64)
    for place, (with_tag, part) in enumerate(zip(observed, share, strict=True)):
        expected = np.maximum(total * part, 1e-9)
        others = np.maximum(total * (1 - part), 1e-9)
        gap = (with_tag - total * part) ** 2
        found[place] = np.sort(np.argsort(-(gap / expected + gap / others), kind="stable")[: found.shape[1]])
    return found


def _nodes(tree: Any, columns: Ints, classes: Sequence[bool]) -> dict[str, np.ndarray]:
    """Return the nodes of a fitted tree; a leaf leads to itself, so that walking on does no harm."""
    inner = tree.tree_
    leaf = inner.children_left < 0
    itself = np.arange(len(leaf))
    counts = inner.value[:, 0, :]
    having = counts[:, list(classes).index(True)] if True in list(classes) else np.zeros(len(counts))
    return {
        "column": np.where(leaf, 0, columns[np.maximum(inner.feature, 0)]).astype(np.int32),
        "threshold": np.where(leaf, 0.0, inner.threshold),
        "left": np.where(leaf, itself, inner.children_left).astype(np.int32),
        "right": np.where(leaf, itself, inner.children_right).astype(np.int32),
        "share": (having / counts.sum(axis=1)).astype(np.float32),
        "depth": np.array([inner.max_depth], np.int32),
    }


def _joined(by_tag: Sequence[Sequence[dict[str, np.ndarray]]]) -> Arrays:
    trees = [tree for of_tag in by_tag for tree in of_tag]
    sizes = np.array([len(tree["column"]) for tree in trees])
    first = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int32)
    for tree, offset in zip(trees, first, strict=True):
        tree["left"], tree["right"] = tree["left"] + offset, tree["right"] + offset
    return {
        **{name: np.concatenate([tree[name] for tree in trees]) for name in trees[0]},
        "roots": first,
        "trees": np.array([len(of_tag) for of_tag in by_tag], np.int32),
    }


def _leaf_shares(learnt: Arrays, rows: npt.NDArray[np.float32]) -> Matrix:
    """Walk each row down all trees at once; return the shares in the leaves, (rows, trees)."""
    column, threshold, left, right = (np.asarray(learnt[name]) for name in ("column", "threshold", "left", "right"))
    nodes = np.broadcast_to(learnt["roots"], (len(rows), len(learnt["roots"])))
    own = np.arange(len(rows))[:, None]
    for _ in range(int(np.asarray(learnt["depth"]).max(initial=0))):
        nodes = np.where(rows[own, column[nodes]] <= threshold[nodes], left[nodes], right[nodes])
    shares: Matrix = np.asarray(learnt["share"])[nodes]
    return shares


def decision_tree(
    resources: Resources,
    *,
    analyzer: str = "words",
    least_products: int = 2,
    features: int = 200,
    least_in_leaf: int = 2,
) -> OneVsRestTagger:
    """Create the tagger `decision_tree` for the plugin registry."""

    def grow() -> Any:
        from sklearn.tree import DecisionTreeClassifier

        return DecisionTreeClassifier(min_samples_leaf=least_in_leaf, random_state=resources.seed)

    return _tagger(grow, analyzer, least_products, features, least_in_leaf)


def random_forest(
    resources: Resources,
    *,
    analyzer: str = "words",
    least_products: int = 2,
    features: int = 200,
    least_in_leaf: int = 1,
    trees: int = 20,
) -> OneVsRestTagger:
    """Create the tagger `random_forest` for the plugin registry."""
    check_minimum(1, trees=trees)

    def grow() -> Any:
        from sklearn.ensemble import RandomForestClassifier

        return RandomForestClassifier(trees, min_samples_leaf=least_in_leaf, random_state=resources.seed, n_jobs=1)

    return _tagger(grow, analyzer, least_products, features, least_in_leaf)


def _tagger(
    grow: Callable[[], Any], analyzer: str, least_products: int, features: int, least_in_leaf: int
) -> OneVsRestTagger:
    check_minimum(1, features=features, least_in_leaf=least_in_leaf)
    return OneVsRestTagger(TreeClassifiers(grow, features), TextRows(analyzer, least_products))

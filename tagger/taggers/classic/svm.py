"""Linear support vector machines, one for each tag (Joachims, "Text categorization with SVMs", ECML 1998)."""

from collections.abc import Iterable

import numpy as np
import scipy.sparse as sp

from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero
from tagger.plugins.threads import one_thread_per_core
from tagger.taggers.classic.linear_scores import linear_probabilities
from tagger.taggers.classic.one_vs_rest import Arrays, Labels, OneVsRestTagger
from tagger.taggers.classic.text_rows import TextRows

_CERTAIN = 12.0


class SupportVectors:
    """Separates the products with a tag from all others by the widest margin; `cost` weighs what is on the wrong side.

    The distance from the margin is turned into a probability by the logistic function.
    """

    def __init__(self, cost: float, seed: int) -> None:
        self._cost = cost
        self._seed = seed

    def learn(self, rows: sp.csr_matrix, labels: Labels) -> Arrays:
        """Return the weights and the bias of each tag's machine."""
        weights = np.zeros((rows.shape[1], labels.shape[1]), np.float32)
        bias = np.where(labels.all(axis=0), _CERTAIN, -_CERTAIN).astype(np.float32)
        rows = rows.astype(np.float64)

        def train(places: Iterable[int]) -> None:
            from sklearn.svm import LinearSVC

            for place in places:
                model = LinearSVC(C=self._cost, random_state=self._seed, max_iter=5000).fit(rows, labels[:, place])
                weights[:, place], bias[place] = model.coef_[0], model.intercept_[0]

        split = np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0))
        with one_thread_per_core() as threads:
            for done in [threads.submit(train, split[start::4]) for start in range(4)]:
                done.result()
        # A margin of 1 is meant to be certain.
        return {"weights": weights * 2, "bias": bias * 2}

    def probabilities(self, learnt: Arrays, rows: sp.csr_matrix) -> Matrix:
        """Return the probability of each tag for each row, float32 (rows, tags)."""
        return linear_probabilities(learnt, rows)


def create(
    resources: Resources, *, analyzer: str = "pairs", least_products: int = 2, cost: float = 1.0
) -> OneVsRestTagger:
    """Create the tagger for the plugin registry."""
    check_above_zero(cost=cost)
    return OneVsRestTagger(SupportVectors(cost, resources.seed), TextRows(analyzer, least_products))

"""Naive Bayes: a tag is as probable as the words of the text are among its products.

The event model is the multinomial one (McCallum and Nigam, "A comparison of event models for naive Bayes text
classification", AAAI workshop 1998), with counts weighed by TF-IDF (Rennie et al., ICML 2003).
"""

import numpy as np
import scipy.sparse as sp

from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.plugins.option_checks import check_above_zero
from tagger.taggers.classic.linear_scores import linear_probabilities
from tagger.taggers.classic.one_vs_rest import Arrays, Labels, OneVsRestTagger
from tagger.taggers.classic.text_rows import TextRows

# The logarithm of the odds of a tag that every product has, or none.
_CERTAIN = 12.0


class NaiveBayes:
    """Counts words with and without each tag; `smoothing` is added to each count."""

    def __init__(self, smoothing: float) -> None:
        self._smoothing = smoothing

    def learn(self, rows: sp.csr_matrix, labels: Labels) -> Arrays:
        """Return the log odds of each feature and of each tag itself."""
        from sklearn.naive_bayes import MultinomialNB

        weights = np.zeros((rows.shape[1], labels.shape[1]), np.float32)
        bias = np.where(labels.all(axis=0), _CERTAIN, -_CERTAIN).astype(np.float32)
        for place in np.flatnonzero(labels.any(axis=0) & ~labels.all(axis=0)):
            model = MultinomialNB(alpha=self._smoothing).fit(rows, labels[:, place])
            without, having = model.feature_log_prob_
            weights[:, place] = having - without
            bias[place] = model.class_log_prior_[1] - model.class_log_prior_[0]
        return {"weights": weights, "bias": bias}

    def probabilities(self, learnt: Arrays, rows: sp.csr_matrix) -> Matrix:
        """Return the probability of each tag for each row, float32 (rows, tags)."""
        return linear_probabilities(learnt, rows)


def create(
    resources: Resources, *, analyzer: str = "pairs", least_products: int = 2, smoothing: float = 0.01
) -> OneVsRestTagger:
    """Create the tagger for the plugin registry."""
    check_above_zero(smoothing=smoothing)
    return OneVsRestTagger(NaiveBayes(smoothing), TextRows(analyzer, least_products))

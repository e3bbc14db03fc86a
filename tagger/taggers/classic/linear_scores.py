"""Classifiers whose score is linear in the features, and how their probabilities are read."""

import numpy as np
import scipy.sparse as sp

from index.vectors.base import Matrix
from tagger.taggers.classic.one_vs_rest import Arrays, logistic


def linear_probabilities(learnt: Arrays, rows: sp.csr_matrix) -> Matrix:
    """Return the logistic of `weights`, (features, tags), times the rows, plus `bias`, (tags,)."""
    return logistic(np.asarray(rows @ learnt["weights"]) + learnt["bias"])

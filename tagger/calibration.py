"""Turn a ranker's scores into probabilities that hold."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_EPSILON = 1e-9
_LEAST_OF_EACH = 10

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BetaCalibration:
    """Beta calibration: logit(p) = a·ln s - b·ln(1 - s) + c (Kull, Silva Filho and Flach, AISTATS 2017).

    It is strictly increasing for a, b > 0, so that it never changes an order. The default is the identity.
    """

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def __call__(self, scores: Scores) -> Scores:
        """Return the probabilities of raw scores between 0 and 1, themselves above 0 and below 1."""
        low, high = _logs(scores)
        probabilities = 1 / (1 + np.exp(-(self.a * low + self.b * high + self.c)))
        # Nothing is certain; in double precision a logit of 37 would be.
        return np.asarray(np.minimum(probabilities, np.nextafter(1, 0)), np.float64)


def fitted(scores: Scores, hits: Sequence[bool] | npt.NDArray[np.bool_]) -> BetaCalibration:
    """Fit by logistic regression; too few cases of either outcome, or a map that would fall, give the identity."""
    from sklearn.linear_model import LogisticRegression

    hits = np.asarray(hits, bool)
    if min(hits.sum(), (~hits).sum()) < _LEAST_OF_EACH:
        return BetaCalibration()
    model = LogisticRegression(C=1e6, max_iter=1000).fit(np.column_stack(_logs(scores)), hits)
    a, b = map(float, model.coef_[0])
    return BetaCalibration(a, b, float(model.intercept_[0])) if a > 0 and b > 0 else BetaCalibration()


def _logs(scores: Scores) -> tuple[Scores, Scores]:
    clipped = np.clip(scores, _EPSILON, 1 - _EPSILON)
    return np.log(clipped), -np.log1p(-clipped)

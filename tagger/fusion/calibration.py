"""Turn a ranker's scores into calibrated probabilities."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

_EPSILON = 1e-9
_LEAST_OF_EACH = 10
# The logistic regression: its regularisation, the most steps and halvings of a step, the relative decrease of the loss
# that is too small to go on, and the largest logit.
_RIDGE = 1e-6
_MOST_STEPS = 100
_MOST_HALVINGS = 30
_ENOUGH = 1e-12
_FARTHEST = 500.0
# A language gets its own calibration from this many right and this many wrong cases on. With fewer cases the
# calibration over all languages is more reliable.
_LEAST_OF_LANGUAGE = 300

Scores = npt.NDArray[np.float64]


@dataclass(frozen=True)
class BetaCalibration:
    """Beta calibration: logit(p) = a·ln s - b·ln(1 - s) + c (Kull, Silva Filho and Flach, AISTATS 2017).

    It is strictly increasing for a, b > 0, so it never changes the order of tags. The default is the identity.
    """

    a: float = 1.0
    b: float = 1.0
    c: float = 0.0

    def __call__(self, scores: Scores) -> Scores:
        """Return the probabilities for raw scores between 0 and 1; the result is above 0 and below 1."""
        low, high = _logs(scores)
        probabilities = 1 / (1 + np.exp(-(self.a * low + self.b * high + self.c)))
        # No tag may be certain; in double precision a logit of 37 would round to exactly 1.
        return np.asarray(np.minimum(probabilities, np.nextafter(1, 0)), np.float64)


@dataclass(frozen=True)
class ByLanguage:
    """One calibration for each language with enough cases, and a calibration over all cases for the rest."""

    whole: BetaCalibration = field(default_factory=BetaCalibration)
    of: Mapping[str, BetaCalibration] = field(default_factory=dict)

    def __call__(self, scores: Scores, languages: Sequence[str]) -> Scores:
        """Return the probabilities for raw scores, each by the calibration of its language."""
        probabilities, told = self.whole(scores), np.array(languages)
        for language, calibration in self.of.items():
            spoken = told == language
            probabilities[spoken] = calibration(scores[spoken])
        return probabilities

    def as_dict(self) -> dict[str, Any]:
        """Return the parameters as plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "ByLanguage":
        """Build a calibration from the result of `as_dict`."""
        of = {language: BetaCalibration(**each) for language, each in plain["of"].items()}
        return cls(BetaCalibration(**plain["whole"]), of)


def fit_by_language(scores: Scores, hits: npt.NDArray[np.bool_], languages: Sequence[str]) -> ByLanguage:
    """Fit one calibration on all cases, and one on each language with enough cases."""
    told = np.array(languages)
    spoken = {str(language): told == language for language in np.unique(told)}
    enough = {
        language: of for language, of in spoken.items() if min(hits[of].sum(), (~hits[of]).sum()) >= _LEAST_OF_LANGUAGE
    }
    return ByLanguage(
        fit_calibration(scores, hits), {each: fit_calibration(scores[of], hits[of]) for each, of in enough.items()}
    )


def fit_calibration(scores: Scores, hits: Sequence[bool] | npt.NDArray[np.bool_]) -> BetaCalibration:
    """Fit by logistic regression; return the identity for too few cases of either outcome, or a decreasing fit."""
    hits = np.asarray(hits, bool)
    if min(hits.sum(), (~hits).sum()) < _LEAST_OF_EACH:
        return BetaCalibration()
    a, b, c = map(float, fit_logistic(np.column_stack(_logs(scores)), hits))
    return BetaCalibration(a, b, c) if a > 0 and b > 0 else BetaCalibration()


def fit_logistic(columns: Scores, hits: npt.NDArray[np.bool_], *, ridge: float = _RIDGE) -> Scores:
    """Fit a logistic regression by Newton's method; return the weight of each column, then the intercept.

    `ridge` times half the sum of the squared weights is added to the loss.
    scikit-learn has the same, but takes seconds to import.
    """
    design = np.column_stack([columns, np.ones(len(columns))])
    penalty = np.append(np.full(columns.shape[1], ridge), 0.0)

    def loss(weights: Scores) -> float:
        logits = design @ weights
        return float(np.logaddexp(0, np.where(hits, -logits, logits)).sum() + penalty @ weights**2 / 2)

    weights = np.zeros(len(penalty))
    least = loss(weights)
    for _ in range(_MOST_STEPS):
        chance = 1 / (1 + np.exp(-np.clip(design @ weights, -_FARTHEST, _FARTHEST)))
        slope = design.T @ (chance - hits) + penalty * weights
        curvature = (design * (chance * (1 - chance))[:, None]).T @ design + np.diag(penalty)
        step = np.linalg.lstsq(curvature, slope, rcond=None)[0]
        # Far from the minimum, a whole step may lead too far.
        halves = (weights - step * 0.5**power for power in range(_MOST_HALVINGS))
        nearer = next((each for each in halves if loss(each) < least), None)
        if nearer is None:
            break
        former, weights, least = least, nearer, loss(nearer)
        if former - least < _ENOUGH * former:
            break
    return weights


def _logs(scores: Scores) -> tuple[Scores, Scores]:
    clipped = np.clip(scores, _EPSILON, 1 - _EPSILON)
    return np.log(clipped), -np.log1p(-clipped)

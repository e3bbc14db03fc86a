"""The chance that the store has a product's kind: a logistic regression on a few features of the product."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from tagger.fusion.calibration import fit_logistic
from tagger.gbdt import sigmoid
from tagger.novelty.features import FEATURES, UNSEEN

Floats = npt.NDArray[np.float64]

# Which way each feature points; a weight of the other sign would judge a stranger by an accident of the store.
_SIGNS = np.array([-1.0 if feature == UNSEEN else 1.0 for feature in range(len(FEATURES))])
# A language gets its own scale from this many products on: similarities and words differ between languages.
_LEAST_OF_LANGUAGE = 50
_LEAST_DEVIATION = 1e-3
# Deviations beyond this count as this many. A text in another style than the store's is as far away as a stranger, and
# what it names and what its neighbours agree on must be able to outweigh that.
_FARTHEST = 3.0
# At most this share of the store's own products, each judged as if it were not there, may come out as unknown. Of those
# whose whole kind was left out, no more than this share needs to: most strangers are farther away. Between the two, the
# threshold is this far from the latter.
_OWN_UNKNOWN = 0.01
_LEFT_OUT_UNKNOWN = 0.9
_BETWEEN = 0.4
# Keeps the weights finite in a store whose products are nothing like those of a kind that was left out.
_RIDGE = 1.0


@dataclass(frozen=True)
class Scale:
    """The mean and the deviation of each feature over the store's own products, (features,) each."""

    mean: Sequence[float]
    deviation: Sequence[float]

    def __call__(self, features: Floats) -> Floats:
        """Return the features in deviations from the mean, within `_FARTHEST`, (products, features)."""
        scaled = (features - np.array(self.mean)) / np.array(self.deviation)
        return np.asarray(np.clip(scaled, -_FARTHEST, _FARTHEST), np.float64)


@dataclass(frozen=True)
class Scales:
    """A scale over all products, and one for each language with enough of them."""

    whole: Scale
    of: Mapping[str, Scale]

    def __call__(self, features: Floats, languages: Sequence[str]) -> Floats:
        """Return the scaled features, each product by the scale of its language."""
        scaled, told = self.whole(features), np.array(languages)
        for language, scale in self.of.items():
            spoken = told == language
            scaled[spoken] = scale(features[spoken])
        return scaled


@dataclass(frozen=True)
class FamiliarityModel:
    """Weights of the scaled features, (features,). A product is known if its chance is at least `least`."""

    scales: Scales
    weights: Sequence[float]
    intercept: float
    least: float

    def chances(self, features: Floats, languages: Sequence[str]) -> Floats:
        """Return the chance that the store has each product's kind, (products,), where half of all are strangers."""
        return sigmoid(self.scales(features, languages) @ np.array(self.weights) + self.intercept)

    def relative(self, chances: Floats) -> Floats:
        """Return the odds of chances relative to those of the threshold, at most 1 and squared, (products,).

        A store is asked about its own kinds far more often than about others, so the chances are too low for it. The
        threshold is where its own products begin: their probabilities stay, and there is no step at the threshold.
        Squared, since strangers are farther away than the kinds that were left out for the fit.
        """
        odds = chances / (1 - chances) * (1 - self.least) / self.least
        return np.asarray(np.minimum(odds, 1.0) ** 2, np.float64)

    def parts(self, features: Floats, languages: Sequence[str]) -> Floats:
        """Return what each feature adds to the logit of the chance, (products, features)."""
        return np.asarray(self.scales(features, languages) * np.array(self.weights), np.float64)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> "FamiliarityModel":
        """Build a model from the result of `as_dict`."""
        scales = plain["scales"]
        of = {language: Scale(**scale) for language, scale in scales["of"].items()}
        return cls(Scales(Scale(**scales["whole"]), of), plain["weights"], plain["intercept"], plain["least"])


def fit_model(
    own: Floats, own_languages: Sequence[str], left_out: Floats, left_out_languages: Sequence[str]
) -> FamiliarityModel:
    """Fit the weights, and the chance from which a product is known.

    `own` are features of the store's products, each judged as if it were not there, (products, features); `left_out`
    are those of products judged as if their whole kind were not there.
    """
    scales = fit_scales(own, own_languages)
    rows = np.concatenate([scales(own, own_languages), scales(left_out, left_out_languages)])
    known = np.arange(len(rows)) < len(own)
    weights, intercept = _fit_signed(rows, known)
    logits = rows @ weights + intercept
    most, needed = np.quantile(logits[known], _OWN_UNKNOWN), np.quantile(logits[~known], _LEFT_OUT_UNKNOWN)
    least = min(most, needed + _BETWEEN * (most - needed))
    return FamiliarityModel(scales, weights.tolist(), intercept, float(sigmoid(least)))


def fit_scales(features: Floats, languages: Sequence[str]) -> Scales:
    """Fit the scale over all products, and that of each language with enough of them."""
    told = np.array(languages)
    spoken = {str(language): told == language for language in np.unique(told)}
    enough = {language: of for language, of in spoken.items() if of.sum() >= _LEAST_OF_LANGUAGE}
    return Scales(_fit_scale(features), {language: _fit_scale(features[of]) for language, of in enough.items()})


def _fit_scale(features: Floats) -> Scale:
    deviation = np.maximum(features.std(axis=0), _LEAST_DEVIATION)
    return Scale(features.mean(axis=0).tolist(), deviation.tolist())


def _fit_signed(rows: Floats, known: npt.NDArray[np.bool_]) -> tuple[Floats, float]:
    """Fit a logistic regression in which no weight points the wrong way: such features are left out, all at once."""
    kept = np.ones(rows.shape[1], bool)
    while True:
        *fitted, intercept = fit_logistic(rows[:, kept], known, ridge=_RIDGE)
        weights = np.zeros(rows.shape[1])
        weights[kept] = fitted
        wrong = weights * _SIGNS < 0
        if not wrong.any():
            return weights, float(intercept)
        kept &= ~wrong

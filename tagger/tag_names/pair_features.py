"""Features of a text and a tag that mean the same in any catalogue: they need no label, and no number of tags."""

import numpy as np
import numpy.typing as npt

# Whether the text has one of the tag's names; how many tags fit better, counted with and without the names in the text;
# how far the similarity is below the best; whether the text has the name, times how many tags are more similar.
COLUMNS = ("named", "better", "more similar", "below the best", "named, more similar")

# A name in the text counts as much as this difference in similarity.
_NAMED = 0.25
# A tag counts as better by the share that a logistic function of the difference has, in spreads of the similarity:
# counts of whole tags would jump where two are alike.
_ALIKE = 0.05
_FARTHEST = 30.0

Floats = npt.NDArray[np.float64]


def pair_features(similarity: Floats, named: npt.NDArray[np.bool_], spread: float) -> Floats:
    """Return the features, (pairs, columns), of one text and several tags.

    `similarity` and `named` are (pairs,); the tags that fit best must be among them. `spread` is the standard deviation
    of the similarity over texts and tags of the catalogue.
    """
    scaled = similarity / spread
    more_similar = np.log1p(_count_better(scaled))
    better = np.log1p(_count_better(scaled + named * (_NAMED / spread)))
    below = scaled - scaled.max(initial=-np.inf)
    return np.column_stack([named, better, more_similar, below, named * more_similar])


def fit_score(similarity: Floats, named: npt.NDArray[np.bool_]) -> Floats:
    """Return how well tags fit, (pairs,), for their order."""
    return similarity + named * _NAMED


def _count_better(scaled: Floats) -> Floats:
    """Return the number of others that are greater, (pairs,), smoothed."""
    ahead = (scaled[None, :] - scaled[:, None]) / _ALIKE
    counted = 1 / (1 + np.exp(-np.clip(ahead, -_FARTHEST, _FARTHEST)))
    # Each counts itself as one half.
    return np.asarray(counted.sum(axis=1) - 0.5, np.float64)

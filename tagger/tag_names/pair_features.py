"""Features of a text and a tag that mean the same in any catalogue: they need no label, and no number of tags."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# Whether the text has one of the tag's names; how many tags fit better, counted with and without the names in the text;
# how far the similarity is below the best; whether the text has the name, times how many tags are more similar; and
# times how many names a text of the catalogue has: where texts are full of names, as lists of properties are, a name in
# the text says more. Models of earlier versions have the first five.
COLUMNS = ("named", "better", "more similar", "below the best", "named, more similar", "named, among many")

# A tag counts as better by the share that a logistic function of the difference has, in spreads of the similarity:
# counts of whole tags would jump where two are alike.
_ALIKE = 0.05
_FARTHEST = 30.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Scale:
    """What the features of a catalogue are measured in.

    `spread` is the standard deviation of the similarity over texts and tags, `usual` the number of tags that a text
    names, on average; a name in the text counts as much as the difference `named` in similarity.
    """

    spread: float
    usual: float
    named: float


def pair_features(similarity: Floats, named: npt.NDArray[np.bool_], scale: Scale) -> Floats:
    """Return the features, (pairs, columns), of one text and several tags.

    `similarity` and `named` are (pairs,); the tags that fit best must be among them.
    """
    scaled = similarity / scale.spread
    more_similar = np.log1p(_count_better(scaled))
    better = np.log1p(_count_better(scaled + named * (scale.named / scale.spread)))
    below = scaled - scaled.max(initial=-np.inf)
    return np.column_stack([named, better, more_similar, below, named * more_similar, named * np.log1p(scale.usual)])


def _count_better(scaled: Floats) -> Floats:
    """Return the number of others that are greater, (pairs,), smoothed."""
    ahead = (scaled[None, :] - scaled[:, None]) / _ALIKE
    counted = 1 / (1 + np.exp(-np.clip(ahead, -_FARTHEST, _FARTHEST)))
    # Each counts itself as one half.
    return np.asarray(counted.sum(axis=1) - 0.5, np.float64)

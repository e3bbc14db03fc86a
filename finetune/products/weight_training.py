"""Fit the weights that turn features of a text and a tag's name into a probability."""

from collections.abc import Iterable

import numpy as np

from finetune.products.catalogues import TrainingCatalogue
from index.encoders.base import Encoder
from tagger.fusion.calibration import fit_logistic
from tagger.tag_names.name_comparison import NameComparison
from tagger.tag_names.name_model import Floats, NameModel
from tagger.tag_names.pair_features import COLUMNS

# Each catalogue has the same weight: this many pairs are drawn from it.
_PAIRS = 4000
# Texts of a catalogue that are learnt from without their labels, and those on which the scale is measured.
_USED_TEXTS = 2000
_SCALE_TEXTS = 500
_NO_WEIGHTS = NameModel(np.zeros(len(COLUMNS) + 1))


def fit_weights(held_out: Iterable[tuple[TrainingCatalogue, Encoder]], seed: int) -> Floats:
    """Fit a logistic regression on held-out products; each encoder must not have seen its catalogue's labels."""
    generator = np.random.default_rng(seed)
    features, right = [], []
    for catalogue, encoder in held_out:
        of_catalogue, targets = _pairs(catalogue, encoder)
        drawn = generator.choice(len(targets), _PAIRS)
        features.append(of_catalogue[drawn])
        right.append(targets[drawn])
    return fit_logistic(np.concatenate(features), np.concatenate(right))


def _pairs(catalogue: TrainingCatalogue, encoder: Encoder) -> tuple[Floats, np.ndarray]:
    """Return the features of the pairs that the tagger would look at, (pairs, columns), and whether they are right."""
    pairs = [(tag, tag) for tag in catalogue.names]
    names = NameComparison(pairs, encoder, _NO_WEIGHTS)
    if usage := names.learn(catalogue.texts[:_USED_TEXTS]):
        names.adopt(usage)
    scale = names.scale(catalogue.texts[:_SCALE_TEXTS])
    compared = names.compare([product.text for product in catalogue.held_out], scale)
    right = [
        tag in product.tags for product, each in zip(catalogue.held_out, compared, strict=True) for tag in each.tags
    ]
    return np.concatenate([each.features for each in compared]), np.array(right, bool)

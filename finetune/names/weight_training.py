"""Fit the weights that turn features of a text and a tag into a probability."""

from collections.abc import Iterable

import numpy as np

from finetune.names.catalogues import TrainingCatalogue
from index.encoders.base import Encoder
from tagger.fusion.calibration import fit_logistic
from tagger.tag_names.name_comparison import NameComparison
from tagger.tag_names.name_model import Floats, NameModel

# Each catalogue has the same weight: this many pairs are drawn from it.
_PAIRS = 4000
_SPREAD_TEXTS = 500


def fit_weights(held_out: Iterable[tuple[TrainingCatalogue, NameModel]], encoder: Encoder, seed: int) -> Floats:
    """Fit a logistic regression on held-out products; each model must not have seen its catalogue's labels."""
    generator = np.random.default_rng(seed)
    features, right = [], []
    for catalogue, model in held_out:
        of_catalogue, targets = _pairs(catalogue, model, encoder)
        drawn = generator.choice(len(targets), _PAIRS)
        features.append(of_catalogue[drawn])
        right.append(targets[drawn])
    return fit_logistic(np.concatenate(features), np.concatenate(right))


def _pairs(catalogue: TrainingCatalogue, model: NameModel, encoder: Encoder) -> tuple[Floats, np.ndarray]:
    """Return the features of the pairs that the tagger would look at, (pairs, columns), and whether they are right."""
    texts = [product.text for product in catalogue.products]
    names = NameComparison([(tag, tag) for tag in catalogue.tags], encoder, model)
    spread = float(names.similarity(texts[: catalogue.trained][:_SPREAD_TEXTS]).std())
    compared = names.compare(texts[catalogue.trained :], spread)
    held = catalogue.products[catalogue.trained :]
    right = [tag in product.tags for product, each in zip(held, compared, strict=True) for tag in each.tags]
    return np.concatenate([each.features for each in compared]), np.array(right, bool)

from dataclasses import replace

import numpy as np
import pytest

from finetune.names.catalogues import TrainingCatalogue
from finetune.names.projection_training import TrainingSettings, mean_text, train_projections
from finetune.names.weight_training import fit_weights
from index.product import Product
from index.vectors.base import Matrix, unit_rows
from tagger.tag_names.name_model import NameModel
from tagger.tag_names.pair_features import COLUMNS

DIM, TAGS = 12, 6
QUICK = TrainingSettings(steps=120, rank=DIM, learning_rate=1e-2, weight_decay=0.0, dropout=0.0)


def catalogue(seed: int, turn: Matrix) -> TrainingCatalogue:
    """A catalogue in which a text's vector is that of its tag's name, changed by a matrix, with a little noise."""
    random = np.random.default_rng(seed)
    names = unit_rows(random.standard_normal((TAGS, DIM)).astype(np.float32))
    gold = [[int(tag)] for tag in random.integers(0, TAGS, 80)]
    noise = 0.02 * random.standard_normal((len(gold), DIM))
    texts = unit_rows(np.asarray(names[[tag for [tag] in gold]] @ turn + noise, np.float32))
    tags = [f"{seed}-{number}" for number in range(TAGS)]
    products = [Product(str(n), f"{seed} {n}", tags=(tags[tag],)) for n, [tag] in enumerate(gold)]
    return TrainingCatalogue(str(seed), products, tags, texts, names, gold, trained=60)


@pytest.fixture
def catalogues() -> list[TrainingCatalogue]:
    turn = np.linalg.qr(np.random.default_rng(7).standard_normal((DIM, DIM)))[0].astype(np.float32)
    return [catalogue(seed, turn) for seed in range(12)]


def hits(texts: Matrix, names: Matrix, each: TrainingCatalogue) -> float:
    """Return the share of texts whose most similar name is the right one."""
    nearest = (texts @ names.T).argmax(axis=1)
    return float(np.mean([tag == right for tag, [right] in zip(nearest, each.gold, strict=True)]))


def test_projections_learn_what_holds_in_a_catalogue_that_they_have_not_seen(
    catalogues: list[TrainingCatalogue],
) -> None:
    *trained, stranger = catalogues
    mean = mean_text(trained)
    learnt = train_projections(trained, mean, QUICK)
    assert hits(stranger.texts, stranger.names, stranger) < 0.5
    assert hits(learnt.texts(stranger.texts - mean), learnt.names(stranger.names - mean), stranger) > 0.7


def test_the_same_seed_gives_the_same_projections(catalogues: list[TrainingCatalogue]) -> None:
    quick = replace(QUICK, steps=3)
    first, second = (train_projections(catalogues, mean_text(catalogues), quick) for _ in range(2))
    assert first.texts.up.tolist() == second.texts.up.tolist()


def test_an_epoch_draws_as_many_products_as_there_are(catalogues: list[TrainingCatalogue]) -> None:
    # 12 catalogues of 60 products, 2 times 128 at once: 720 / 256 = 2.8 steps, three times.
    assert QUICK.for_epochs(3, catalogues).steps == 9


class Known:
    """An encoder that knows the vectors of a catalogue."""

    name = "known"
    dim = DIM

    def __init__(self, each: TrainingCatalogue) -> None:
        texts = zip([product.text for product in each.products], each.texts, strict=True)
        self._vectors = dict([*texts, *zip(each.tags, each.names, strict=True)])

    def encode(self, texts: list[str]) -> Matrix:
        return np.stack([self._vectors[text] for text in texts])


def test_weights_say_that_the_most_similar_name_is_the_most_probable() -> None:
    each = catalogue(0, np.eye(DIM, dtype=np.float32))
    model = NameModel(np.zeros(len(COLUMNS) + 1))
    weights = fit_weights([(each, model)], Known(each), seed=0)
    more_similar = COLUMNS.index("more similar")
    assert weights[more_similar] < 0

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from finetune.products import layer_training
from finetune.products.catalogues import TrainingCatalogue, read_catalogue, taxonomy_catalogues
from finetune.products.hidden_states import HiddenStates
from finetune.products.layer_training import Encoded, LastLayers, LayerSettings, train_layers
from finetune.products.weight_training import fit_weights
from index.product import Product
from index.progress import silent
from index.vectors.base import Matrix, unit_rows
from tagger.tag_names.pair_features import COLUMNS

DIM, TAGS, TOKENS = 16, 6, 3
QUICK = LayerSettings(layers=1, steps=200, texts=32, names=TAGS, learning_rate=1e-2, warm_up=5, dropout=0.0, kept=1.0)


@pytest.fixture(scope="module")
def layers() -> torch.nn.ModuleList:
    torch.manual_seed(0)
    config = BertConfig(hidden_size=DIM, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32)
    return BertModel(config, add_pooling_layer=False).encoder.layer


def states_of(vectors: Matrix) -> HiddenStates:
    """Return states of texts with a few tokens, all of the same vector."""
    return HiddenStates(
        np.repeat(vectors, TOKENS, axis=0).astype(np.float16), np.arange(0, TOKENS * len(vectors) + 1, TOKENS)
    )


def catalogue(seed: int) -> Encoded:
    """A catalogue in which a text's state says its tag in the first half of its axes, and something else in the other.

    So do the states of names: the layers must learn which half counts.
    """
    random = np.random.default_rng(seed)
    names = random.standard_normal((TAGS, DIM))
    gold = [[int(tag)] for tag in random.integers(0, TAGS, 80)]
    texts = names[[tag for [tag] in gold]]
    texts[:, DIM // 2 :] = 2 * random.standard_normal((len(gold), DIM // 2))
    names[:, DIM // 2 :] = 2 * random.standard_normal((TAGS, DIM // 2))
    tags = [f"{seed}-{number}" for number in range(TAGS)]
    own = TrainingCatalogue(str(seed), [f"{seed} {n}" for n in range(len(gold))], tags, gold, (Product("1", "a"),))
    return Encoded(own, states_of(texts), states_of(names))


@pytest.fixture(scope="module")
def catalogues() -> list[Encoded]:
    return [catalogue(seed) for seed in range(12)]


def hits(trained: LastLayers, each: Encoded) -> float:
    """Return the share of texts whose most similar name is the right one."""
    trained.eval()
    with torch.inference_mode():
        texts = trained(*each.texts.batch(range(len(each.catalogue.texts))))
        names = trained(*each.names.batch(range(TAGS)))
    nearest = (texts @ names.T).argmax(dim=1).tolist()
    return float(np.mean([tag == right for tag, [right] in zip(nearest, each.catalogue.gold, strict=True)]))


def test_layers_learn_what_holds_in_a_catalogue_that_they_have_not_seen(
    layers: torch.nn.ModuleList, catalogues: list[Encoded], tmp_path: Path
) -> None:
    *taught, stranger = catalogues
    learnt = LastLayers(layers, 0.0)
    before = hits(learnt, stranger)
    state = train_layers(layers, taught, QUICK, tmp_path, silent)
    learnt.layers.load_state_dict({name: torch.from_numpy(tensor) for name, tensor in state.items()})
    assert before < 0.5
    assert hits(learnt, stranger) > before + 0.2


def test_a_killed_training_goes_on_as_if_it_had_not_been_stopped(
    layers: torch.nn.ModuleList, catalogues: list[Encoded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layer_training, "_SAVE_EVERY", 4)
    quick = replace(QUICK, steps=10, dropout=0.1)
    whole = train_layers(layers, catalogues, quick, tmp_path / "whole", silent)

    def stop(stage: str, done: int, total: int) -> None:
        if done == 7:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train_layers(layers, catalogues, quick, tmp_path / "stopped", stop)
    steps: list[int] = []
    resumed = train_layers(
        layers, catalogues, quick, tmp_path / "stopped", lambda stage, done, total: steps.append(done)
    )
    assert steps[0] == 5
    for name, tensor in whole.items():
        assert resumed[name].tolist() == tensor.tolist()


def test_a_share_of_the_change_is_kept(layers: torch.nn.ModuleList, catalogues: list[Encoded], tmp_path: Path) -> None:
    whole, half, none = (
        train_layers(layers, catalogues, replace(QUICK, steps=2, kept=kept), tmp_path, silent) for kept in (1, 0.5, 0)
    )
    for name, tensor in layers.state_dict().items():
        assert none[name].tolist() == tensor.tolist()
        assert half[name] == pytest.approx((whole[name] + none[name]) / 2, abs=1e-6)


def test_a_batch_is_padded_and_masked() -> None:
    states = HiddenStates(np.arange(6, dtype=np.float16).reshape(3, 2), np.array([0, 1, 3]))
    found, mask = states.batch([1, 0])
    assert found.tolist() == [[[2, 3], [4, 5]], [[0, 1], [0, 0]]]
    assert mask.tolist() == [[1, 1], [1, 0]]


def test_a_file_keeps_a_tenth_for_tests_and_holds_another_out(tmp_path: Path) -> None:
    lines = [f'{{"title": "Mug {number}", "tags": ["mug", "tag {number % 4}"]}}' for number in range(100)]
    (tmp_path / "shop.jsonl").write_text("\n".join(lines), "utf-8")
    read = read_catalogue(tmp_path / "shop.jsonl")
    assert (read.name, len(read.texts), len(read.held_out)) == ("shop", 80, 10)
    assert list(read.names) == ["mug", "tag 0", "tag 1", "tag 2", "tag 3"]
    assert not {product.text for product in read.held_out} & set(read.texts)
    assert all(len(tags) == 2 for tags in read.gold)
    assert read.counts[0] == 81


def test_the_taxonomy_labels_a_category_with_what_is_above_it() -> None:
    english, chinese = taxonomy_catalogues()
    kettles = english.texts.index("Electric Kettles")
    assert "Home & Garden" in {english.names[tag] for tag in english.gold[kettles]}
    assert len(english.texts) > 9000
    assert len(chinese.texts) > 9000


class Known:
    """An encoder that knows the vectors of some texts."""

    name = "known"
    dim = DIM

    def __init__(self, vectors: dict[str, Matrix]) -> None:
        self._vectors = vectors

    def encode(self, texts: list[str]) -> Matrix:
        return np.stack([self._vectors[text] for text in texts])


def test_weights_say_that_the_most_similar_name_is_the_most_probable() -> None:
    random = np.random.default_rng(0)
    names = [f"name {number}" for number in range(20)]
    vectors = unit_rows(random.standard_normal((20, DIM)).astype(np.float32))
    products = [Product(str(n), f"text {n}", tags=(names[n % 20],)) for n in range(100)]
    noisy = unit_rows((vectors[[n % 20 for n in range(100)]] + 0.1 * random.standard_normal((100, DIM))).astype("f4"))
    known = dict(zip([*names, *(product.text for product in products)], [*vectors, *noisy], strict=True))
    each = TrainingCatalogue("c", [product.text for product in products], names, [[0]], products)
    weights = fit_weights([(each, Known(known))], seed=0)
    assert weights[COLUMNS.index("more similar")] < 0

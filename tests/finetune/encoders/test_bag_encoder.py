"""The encoder trained on a catalogue's own tags."""

from pathlib import Path

import numpy as np
import pytest
import torch

from finetune.encoders.bag_encoder import TunedEncoder, TunedSettings, contrast, one_cycle, overlaps, targets, tokens
from index.errors import BadSetting, StaleArtifact
from index.product import Product

SETTINGS = TunedSettings(width=16, batch_size=16, epochs=30, dropout=0.0)
# Two names for each kind. The colour is not a tag and carries no information.
NAMES = {"mug": ("ceramic cup", "陶瓷杯"), "lamp": ("bright light", "台灯"), "fridge": ("cooling box", "冰箱")}
COLOURS = ("red", "blue", "green")
SHOP = [
    Product(f"{kind}/{name}/{n}", f"{name} {COLOURS[n % 3]}", tags=(kind,))
    for kind, names in NAMES.items()
    for name in names
    for n in range(6)
]


@pytest.fixture(scope="module")
def encoder() -> TunedEncoder:
    """An encoder trained on the shop."""
    encoder = TunedEncoder(SETTINGS)
    encoder.fit(SHOP)
    return encoder


def test_names_of_one_kind_are_near_in_either_language_and_other_kinds_are_far(encoder: TunedEncoder) -> None:
    cup, chinese_cup, lamp = encoder.encode(["ceramic cup", "陶瓷杯", "bright light"])
    assert cup @ chinese_cup > 0.8
    assert cup @ lamp < 0.3


def test_what_is_no_tag_hardly_moves_a_text(encoder: TunedEncoder) -> None:
    red, green = encoder.encode(["red ceramic cup", "green ceramic cup"])
    assert red @ green > 0.9


def test_rows_have_length_one_and_a_text_of_unknown_tokens_has_none(encoder: TunedEncoder) -> None:
    known, unknown, empty = encoder.encode(["ceramic cup", "☃ zzz", ""])
    assert np.linalg.norm(known) == pytest.approx(1)
    assert not unknown.any()
    assert not empty.any()
    assert encoder.encode([]).shape == (0, SETTINGS.width)


def test_the_same_products_teach_the_same_vectors(encoder: TunedEncoder) -> None:
    again = TunedEncoder(SETTINGS)
    again.fit(SHOP)
    assert np.array_equal(again.encode(["ceramic cup"]), encoder.encode(["ceramic cup"]))


def test_what_is_saved_is_loaded(encoder: TunedEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    loaded = TunedEncoder(SETTINGS)
    loaded.load(tmp_path)
    assert loaded.dim == encoder.dim
    assert np.array_equal(loaded.encode(["冰箱 red"]), encoder.encode(["冰箱 red"]))


def test_tokens_that_do_not_belong_to_the_vectors_are_refused(encoder: TunedEncoder, tmp_path: Path) -> None:
    encoder.save(tmp_path)
    (tmp_path / "tokens.json").write_text('["cup"]')
    with pytest.raises(StaleArtifact, match=r"lists 1 tokens but has \d+ vectors"):
        TunedEncoder(SETTINGS).load(tmp_path)


@pytest.mark.parametrize("products", [[], [Product("1", "mug", tags=("mug",))], [Product("1", "", tags=("mug",))] * 3])
def test_too_little_to_learn_from_is_no_error(products: list[Product]) -> None:
    encoder = TunedEncoder(SETTINGS)
    encoder.fit(products)
    assert encoder.encode(["mug"]).shape == (1, SETTINGS.width)


def test_attention_is_worth_the_square_of_the_weighted_overlap() -> None:
    rows = overlaps([("mug", "red"), ("mug", "red"), ("mug",), ("lamp",)])
    mug, red = np.log1p(4 / 3), np.log1p(4 / 2)
    part = (mug / (mug + red)) ** 2
    first, _, third, alone = targets(rows).tolist()
    assert first == pytest.approx([0, 1 / (1 + part), part / (1 + part), 0])
    assert third == pytest.approx([0.5, 0.5, 0, 0])
    assert alone == [0, 0, 0, 0]


def test_the_loss_is_the_cross_entropy_over_the_others() -> None:
    vectors = torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    wanted = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0], [0.0, 0.0, 0.0]])
    # The first two are each other's targets (similarity 1, the third at 0). The third has no target.
    expected = 2 * np.log(1 + np.exp(-1 / 0.5)) / 3
    assert contrast(vectors, wanted, 0.5).item() == pytest.approx(expected)


@pytest.mark.parametrize("steps", [1, 2, 3, 5, 10, 20, 100])
def test_the_learning_rate_rises_for_a_tenth_of_the_steps_however_few_and_then_falls(steps: int) -> None:
    optimizer = torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    schedule = one_cycle(optimizer, 0.5, steps)
    rates = []
    for _ in range(steps):
        rates.append(schedule.get_last_lr()[0])
        optimizer.step()
        schedule.step()
    peak = rates.index(max(rates))
    assert rates[0] == pytest.approx(0.5 / 25)
    assert peak == min(steps - 1, max(1, round(steps / 10) - 1))
    assert max(rates) == pytest.approx(0.5 if steps > 1 else 0.5 / 25)
    assert rates[peak:] == sorted(rates[peak:], reverse=True)


def test_words_and_parts_of_words_count() -> None:
    assert {"超薄", "冰箱", "mug", "#<mug", "#mug>", "#冰", "#冰箱"} <= set(tokens("超薄冰箱 Mug"))


@pytest.mark.parametrize(
    "wrong", [{"width": 0}, {"epochs": 0}, {"least": 0}, {"batch_size": 1}, {"learning_rate": 0}, {"dropout": 1.0}]
)
def test_what_cannot_be_trained_with_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        TunedSettings(**wrong)  # type: ignore[arg-type]

from dataclasses import dataclass, replace
from pathlib import Path

from finetune.training.resumption import Identity, continues, identify, lends_weights, why_anew

NOW = Identity({"base": "b", "rank": 16}, {"learning_rate": 0.001}, "products")


@dataclass(frozen=True)
class Settings:
    """A subset of a training's settings."""

    epochs: int = 2
    patience: int = 3
    device: str = ""
    rank: int = 16
    learning_rate: float = 0.001


def test_epochs_patience_and_device_are_no_part_of_what_is_trained() -> None:
    first = identify(Settings(), ("rank",), "products", {"base": "b"})
    assert first == identify(Settings(9, 9, "cuda"), ("rank",), "products", {"base": "b"}) == NOW


def test_only_the_very_same_training_continues() -> None:
    assert continues(NOW, NOW)
    assert not continues(replace(NOW, products="more"), NOW)
    assert not continues(replace(NOW, course={"learning_rate": 0.1}), NOW)
    assert not continues(None, NOW)


def test_weights_are_lent_to_other_products_where_they_fit() -> None:
    assert lends_weights(replace(NOW, products="fewer"), NOW)
    assert lends_weights(replace(NOW, products="fewer", course={"learning_rate": 0.1}), NOW)
    assert not lends_weights(replace(NOW, products="fewer", fixed={"base": "b", "rank": 8}), NOW)
    assert not lends_weights(replace(NOW, course={"learning_rate": 0.1}), NOW)
    assert not lends_weights(None, NOW)


def test_every_setting_that_differs_is_named() -> None:
    former = Identity({"base": "b", "rank": 8}, {"learning_rate": 0.1, "gone": 1}, "products")
    assert why_anew(former, NOW, Path("work/checkpoint.pt")) == (
        "starting anew: the checkpoint was trained with rank 8, now 16; learning_rate 0.1, now 0.001; "
        "gone 1, now unset; it is kept in work/checkpoint.pt"
    )
    assert why_anew(None, NOW, Path("work/checkpoint.pt")) == (
        "starting anew: the checkpoint is of an earlier version; it is kept in work/checkpoint.pt"
    )


def test_a_key_names_all_but_the_products() -> None:
    assert NOW.key() == replace(NOW, products="more").key()
    assert NOW.key() != replace(NOW, course={"learning_rate": 0.1}).key() != replace(NOW, fixed={}).key()

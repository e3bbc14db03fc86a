from dataclasses import asdict

import pytest

from finetune.seq2seq.settings import LoraSettings, PretrainSettings, TrainingSettings
from index.errors import BadSetting
from tagger.settings import read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("epochs", 0),
        ("batch_size", 0),
        ("accumulation", 0),
        ("patience", 0),
        ("validation_products", 0),
        ("max_input_tokens", 7),
        ("max_target_tokens", 7),
        ("warmup", 1.0),
        ("label_smoothing", -0.1),
        ("learning_rate", 0.0),
        ("weight_decay", -1.0),
    ],
)
def test_what_cannot_be_trained_with_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(BadSetting, match=name):
        TrainingSettings(**{name: value})


@pytest.mark.parametrize(("name", "value"), [("rank", 0), ("alpha", 0), ("dropout", 1.0), ("epochs", 0)])
def test_an_adapters_settings_are_checked_too(name: str, value: float) -> None:
    with pytest.raises(BadSetting, match=name):
        LoraSettings(**{name: value})


def test_the_defaults_are_settings_that_can_be_used() -> None:
    for settings in (TrainingSettings(), LoraSettings(), PretrainSettings()):
        assert type(settings)(**asdict(settings)) == settings


def test_the_file_of_defaults_says_what_a_training_takes_by_itself() -> None:
    written = read().finetune
    assert written == {name: getattr(LoraSettings(), name) for name in ("epochs", "learning_rate", "seed")}

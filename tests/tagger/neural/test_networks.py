"""The networks learn a separable problem, conform, and answer without torch."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import BadSetting
from index.product import Product
from tagger.neural.training import best_micro_f1
from tagger.neural.training_set import keep_out
from tagger.neural.words import PADDING, UNKNOWN, WordTable
from tagger.testing import check_tagger

Make = Callable[..., Any]
TINY: dict[str, dict[str, Any]] = {
    "lstm": {"width": 12, "hidden": 8, "epochs": 25, "learning_rate": 0.03, "dropout": 0.0},
    "bilstm": {"width": 12, "hidden": 8, "epochs": 25, "learning_rate": 0.03, "dropout": 0.0},
    "cnn": {"width": 12, "filters": 16, "epochs": 25, "learning_rate": 0.03, "dropout": 0.0},
    "seq2seq": {"width": 12, "hidden": 16, "epochs": 40, "learning_rate": 0.02, "dropout": 0.0},
}


@pytest.fixture(scope="module")
def saved(make: Make, toy: list[Product], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The folders of all networks, each trained and checked once."""
    folders = {}
    for name, options in TINY.items():
        folders[name] = tmp_path_factory.mktemp(name)
        check_tagger(lambda name=name, options=options: make(name, **options), toy, folders[name])  # type: ignore[misc]
    return folders


@pytest.mark.parametrize("name", TINY)
def test_a_separable_problem_is_learnt(name: str, saved: dict[str, Path], make: Make, asked: list[Product]) -> None:
    tagger = make(name, **TINY[name])
    tagger.load(saved[name])
    for product, ranking in zip(asked, tagger.suggest(asked, 5), strict=True):
        assert {each.tag for each in ranking[:2]} == set(product.id.split())


@pytest.mark.parametrize("name", ["bilstm", "seq2seq"])
def test_a_saved_network_answers_without_torch(name: str, saved: dict[str, Path]) -> None:
    program = f"""
import json, sys
from pathlib import Path
from index.product import Product
from tagger.neural import classifier
from tagger.neural.sequence import tagger as sequence_tagger
tagger = {"classifier.bilstm" if name == "bilstm" else "sequence_tagger.create"}(type("R", (), {{"seed": 0}}))
tagger.load(Path({str(saved[name])!r}))
[ranking] = tagger.suggest([Product("p", "ceramic scarlet")], 2)
print(json.dumps([sorted(each.tag for each in ranking), "torch" in sys.modules]))
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [["mug", "red"], False]


def test_the_sequence_tagger_shows_the_words_that_it_attended_to(saved: dict[str, Path], make: Make) -> None:
    tagger = make("seq2seq", **TINY["seq2seq"])
    tagger.load(saved["seq2seq"])
    product = Product("p", "Ceramic scarlet")
    words, shares = tagger.plugin.attention(product)
    assert words == ["ceramic", "scarlet"]
    assert set(shares) == {"mug", "red"}
    assert all(len(of_tag) == 2 and sum(of_tag) == pytest.approx(1, abs=0.6) for of_tag in shares.values())
    [evidence] = tagger.explain([product], [["mug", "gift"]])
    assert "gift" not in evidence
    assert all(product.text[span.start : span.end] == span.text for span in evidence["mug"].spans)


def test_unknown_chinese_words_are_read_as_characters() -> None:
    table = WordTable(1, 6)
    table.fit([Product("1", "保温杯", tags=("杯",)), Product("2", "steel", tags=("a",))])
    known, new, empty, long = table.ids(["杯", "steel 喝 gold", "", "steel " * 9])
    assert known[1:].tolist() == [PADDING] * 4
    assert known[0] > UNKNOWN
    assert new[1:3].tolist() == [UNKNOWN, UNKNOWN]
    assert empty.tolist() == [UNKNOWN, *[PADDING] * 4]
    assert long.tolist() == [new[0]] * 6


def test_a_tenth_of_many_products_is_kept_out_and_none_of_few() -> None:
    many = [Product(str(number), f"mug {number}") for number in range(300)]
    seen, kept_out = keep_out(many)
    assert len(kept_out) == 30
    assert sorted([*seen, *kept_out]) == list(range(300))
    assert keep_out(many[:199]) == (list(range(199)), [])


def test_the_best_micro_f1_is_that_of_the_best_threshold() -> None:
    scores, labels = np.array([[0.9, 0.2], [0.8, 0.7]]), np.array([[True, False], [False, True]])
    # Three accepted, two of them right, two wanted.
    assert best_micro_f1(scores, labels) == pytest.approx(2 * 2 / (3 + 2))


@pytest.mark.parametrize(
    ("name", "options", "line"),
    [
        ("lstm", {"hidden": 0}, "hidden must be at least 1"),
        ("cnn", {"learning_rate": 0.0}, "learning_rate must be greater than 0"),
        ("bilstm", {"epochs": 0}, "epochs must be at least 1"),
        ("seq2seq", {"beams": 0}, "beams must be at least 1"),
        ("seq2seq", {"learning_rate": -1.0}, "learning_rate must be greater than 0"),
    ],
)
def test_a_setting_out_of_range_is_refused(name: str, options: dict[str, Any], line: str, make: Make) -> None:
    with pytest.raises(BadSetting, match=line):
        make(name, **options)

"""The leaderboard measures on held-out products, keeps its results, and says what is wrong."""

import json
from pathlib import Path

import pytest

from index.errors import BadInput, UnknownPlugin
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger import Tagger
from tagger.cli import main
from tagger.leaderboard.accuracy import accuracy, most_probable, tag_sets
from tagger.leaderboard.board import Leaderboard, run_leaderboard
from tagger.leaderboard.split import split_products
from tagger.settings import read
from tagger.splits import part
from tagger.types import Suggestion
from tests.tagger.conftest import THIRD_PARTY
from tests.tagger.leaderboard.rows import QUICK, ROWS


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    monkeypatch.syspath_prepend(THIRD_PARTY)
    return Tagger.create(tmp_path / "shop", ROWS, settings=QUICK)._store


def board(store: Store, *only: str, facet: str = "") -> Leaderboard:
    return run_leaderboard(store, read(overrides=QUICK), silent, only=only, facet=facet)


def test_systems_are_measured_on_products_that_they_were_not_trained_on(shop: Store) -> None:
    found = board(shop, "prior", "svm")
    held = [Product(row["id"], row["title"]) for row in ROWS]
    assert found.test == sum(part(each) == "test" for each in held)
    assert found.training + found.validation + found.test == len(ROWS)
    assert list(found.systems) == ["svm", "prior"]
    svm, prior = found.systems["svm"], found.systems["prior"]
    assert (svm["micro_f1"], svm["precision"], svm["recall"], svm["accuracy"]) == (1, 1, 1, 1)
    assert prior["micro_f1"] < 0.8
    assert svm["fit_seconds"] > 0 < svm["ms"] <= svm["ms_max"]
    assert svm["bytes"] > 1000
    assert svm["confusions"] == []


def test_a_result_is_kept_until_the_products_or_the_options_change(shop: Store) -> None:
    first = board(shop, "svm").systems["svm"]
    assert board(shop, "svm").systems["svm"] == first
    path = shop.folder / "leaderboard" / "svm.json"
    kept = json.loads(path.read_text("utf-8"))
    path.write_text(json.dumps({**kept, "figures": {**first, "micro_f1": 0.5}}), "utf-8")
    assert board(shop, "svm").systems["svm"]["micro_f1"] == 0.5
    Tagger.open(shop.folder, settings=QUICK).ingest([{"id": "new", "title": "ceramic", "tags": ["mug"]}])
    assert board(shop, "svm").systems["svm"]["micro_f1"] == 1
    path.write_text("{ half", "utf-8")
    assert board(shop, "svm").systems["svm"]["micro_f1"] == 1


def test_a_system_that_fails_is_named_with_the_reason_and_the_others_are_measured(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tagger.taggers.classic.naive_bayes.NaiveBayes.learn", lambda *_: 1 / 0)
    found = board(shop, "naive_bayes", "prior")
    assert list(found.systems) == ["prior"]
    assert "ZeroDivisionError" in found.without["naive_bayes"]


def test_an_unknown_system_or_facet_and_too_few_products_are_refused(shop: Store) -> None:
    with pytest.raises(UnknownPlugin, match=r"no system 'svmm'; available: .*svm"):
        board(shop, "svmm")
    with pytest.raises(BadInput, match="no tag of the training products has the facet 'colour'"):
        board(shop, "prior", facet="colour")
    with pytest.raises(BadInput, match="1 labelled products are too few"):
        split_products([Product("1", "mug", tags=("mug",)), Product("2", "pan")])


def test_the_most_probable_set_is_one_that_products_have() -> None:
    products = [Product("1", "a", tags=("phone", "case", "red")), Product("2", "b", tags=("phone", "blue"))]
    sets = tag_sets(products, {"phone", "case"})
    assert sets.sets == [frozenset({"case", "phone"}), frozenset({"phone"})]
    # The odds of "case" alone decide: both sets have "phone".
    likely = [Suggestion("phone", 0.9), Suggestion("case", 0.6), Suggestion("red", 0.9)]
    assert most_probable(likely, sets, 0.5) == {"phone", "case"}
    assert most_probable(likely, sets, 0.7) == {"phone"}
    assert accuracy([likely, likely, likely], [("phone", "case"), ("phone",), ("red",)], sets, 0.5) == 0.5


def test_the_command_prints_a_table_and_json_and_draws_a_plot(
    shop: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    store, plot = str(shop.folder), tmp_path / "board.png"
    config = tmp_path / "quick.toml"
    config.write_text('[encoder]\nplugin = "acme-pairs"\n[index]\nplugin = "flat"\n', "utf-8")
    arguments = ["leaderboard", store, "--config", str(config), "--only", "svm, prior"]
    assert main([*arguments, "--plot", str(plot)]) == 0
    shown = capsys.readouterr().out
    assert "svm" in shown
    assert "accuracy of all tags" in shown
    assert plot.read_bytes().startswith(b"\x89PNG")
    assert main([*arguments, "--json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert list(printed["systems"]) == ["svm", "prior"]
    assert main([*arguments, "--plot", str(tmp_path / "board.txt")]) == 2

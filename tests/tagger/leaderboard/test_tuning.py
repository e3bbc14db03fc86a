"""A search of options resumes, finds better ones, and says what matters."""

import json
from pathlib import Path
from typing import Any

import pytest

from index.errors import BadInput, BadSetting, MissingDependency
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger import Tagger
from tagger.cli import main
from tagger.leaderboard import tuning
from tagger.leaderboard.board import run_leaderboard
from tagger.leaderboard.split import fold_products
from tagger.settings import read
from tests.tagger.conftest import THIRD_PARTY
from tests.tagger.leaderboard.rows import QUICK, ROWS


@pytest.fixture
def shop(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Store:
    monkeypatch.syspath_prepend(THIRD_PARTY)
    return Tagger.create(tmp_path / "shop", ROWS, settings=QUICK)._store


def search(store: Store, trials: int) -> tuning.Tuning:
    return tuning.tune(store, read(overrides=QUICK), "naive_bayes", silent, trials=trials)


def test_a_search_resumes_and_its_settings_can_be_used(shop: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("optuna")
    asked: list[Any] = []
    score = tuning.score

    def counted(*arguments: Any) -> float:
        asked.append(arguments)
        if len(asked) == 5:
            raise KeyboardInterrupt
        return score(*arguments)

    monkeypatch.setattr(tuning, "score", counted)
    with pytest.raises(KeyboardInterrupt):
        search(shop, 4)
    # Two trials of two folds were kept, the third one was killed. Two more, and one score on the test products.
    found = search(shop, 4)
    assert len(asked) == 5 + 2 * 2 + 1
    assert (found.trials, len(found.history)) == (4, 4)
    assert found.micro_f1 == max(each for each in found.history if each is not None)
    assert set(found.options) == {"analyzer", "least_products", "smoothing"}
    assert set(found.importance) in ({"analyzer", "least_products", "smoothing"}, set())
    assert 0 <= found.test_f1 <= 1
    path = shop.folder / "settings.toml"
    path.write_text(found.settings, "utf-8")
    assert read(path).taggers["naive_bayes"].options == found.options


def test_without_optuna_and_for_a_tagger_without_options_there_is_an_error(
    shop: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setitem(__import__("sys").modules, "optuna", None)
        with pytest.raises(MissingDependency, match=r"tagweave\[search\]"):
            search(shop, 1)
    pytest.importorskip("optuna")
    with pytest.raises(BadSetting, match=r"'prior' has no options to search; .*svm"):
        tuning.tune(shop, read(overrides=QUICK), "prior", silent)


def test_folds_hold_each_product_out_once(shop: Store) -> None:
    products = [Product(row["id"], row["title"], tags=tuple(row["tags"])) for row in ROWS]
    for folds in (2, 5):
        parts = fold_products(products, folds)
        assert sorted(each.id for part in parts for each in part.test) == sorted(each.id for each in products)
        for part in parts:
            ids = [{each.id for each in group} for group in (part.training, part.validation, part.test)]
            assert len(set.union(*ids)) == sum(map(len, ids))
        assert sum(len(part.training) for part in parts) > 0.7 * (folds - 1) / folds * len(products)
    with pytest.raises(BadInput, match="3 labelled products are too few"):
        fold_products(products[:3], 2)


def test_the_figures_of_folds_are_means(shop: Store) -> None:
    found = run_leaderboard(shop, read(overrides=QUICK), silent, only=["svm", "prior"], folds=3)
    prior = found.systems["prior"]
    assert len(prior["folds"]) == 3
    assert prior["micro_f1"] == pytest.approx(sum(prior["folds"]) / 3)
    assert prior["micro_f1_deviation"] >= 0
    assert found.systems["svm"]["folds"] == [1, 1, 1]
    with pytest.raises(BadSetting, match="folds must be at least 2"):
        run_leaderboard(shop, read(overrides=QUICK), silent, folds=1)


def test_the_command_prints_what_to_write_into_the_settings(
    shop: Store, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("optuna")
    config = tmp_path / "quick.toml"
    config.write_text('[encoder]\nplugin = "acme-pairs"\n[index]\nplugin = "flat"\n', "utf-8")
    arguments = ["tune", str(shop.folder), "naive_bayes", "--trials", "1", "--config", str(config)]
    assert main(arguments) == 0
    assert "[taggers.naive_bayes.options]" in capsys.readouterr().out
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["trials"] == 1

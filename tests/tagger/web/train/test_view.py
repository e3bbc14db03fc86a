import json

import pytest

from index.messages import Message
from index.store import Store
from tagger.jobs.training.process import FOLDER
from tagger.web.service.service import Service
from tagger.web.train.view import TrainView

HEAD = "epoch,steps,learning_rate,training_loss,validation_loss,micro_f1,seconds\n"


@pytest.fixture
def store(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store:
        (store.folder / "settings.toml").write_text("[fusion]\nseed = 3\n[taggers.knn]\nenabled = false\n", "utf-8")
    return store


def left(store, log, *, result="", error="", **run):
    """Write the files that a finished training leaves."""
    folder = store.folder / FOLDER
    folder.mkdir()
    (folder / "run.json").write_text(json.dumps({"kind": "fit", "begun_at": 1.0, "process": 1, **run}), "utf-8")
    (folder / "log").write_text(log, "utf-8")
    (folder / "result.json").write_text(result, "utf-8")
    (folder / "error.json").write_text(error, "utf-8")


def test_before_the_first_training_the_stores_own_settings_are_chosen(store):
    view = TrainView(Service(store))
    chosen = view.last_choice("fit")
    assert (chosen["seed"], chosen["rounds"], chosen["rule"]) == (3, 200, "threshold")
    assert "knn" not in chosen["taggers"]
    assert view.last_choice("finetune") == {"epochs": 12, "learning_rate": 0.001, "seed": 0}
    assert {name for _, name in view.taggers()} > {"knn", "linear"}
    html, goes_on = view.progress()
    assert "No training has been started here yet" in html
    assert not goes_on


def test_what_was_chosen_last_is_chosen_again(store):
    left(store, "", chosen={"taggers": ["knn"], "rounds": 7})
    chosen = TrainView(Service(store)).last_choice("fit")
    assert (chosen["taggers"], chosen["rounds"], chosen["seed"]) == (["knn"], 7, 3)
    assert TrainView(Service(store)).last_choice("finetune")["epochs"] == 12


def test_a_fine_tuning_starts_from_the_stores_own_settings_too(store):
    with (store.folder / "settings.toml").open("a") as file:
        file.write("\n[finetune]\nepochs = 3\n")
    assert TrainView(Service(store)).last_choice("finetune") == {"epochs": 3, "learning_rate": 0.001, "seed": 0}


def test_what_was_chosen_for_a_fine_tuning_is_not_taken_for_a_fit(store):
    left(store, "", kind="finetune", chosen={"epochs": 2, "learning_rate": 0.01, "seed": 7})
    assert TrainView(Service(store)).last_choice("finetune") == {"epochs": 2, "learning_rate": 0.01, "seed": 7}
    assert TrainView(Service(store)).last_choice("fit")["seed"] == 3


def test_settings_that_cannot_be_read_are_told_when_a_fit_is_begun(store, english):
    (store.folder / "settings.toml").write_text("[fusion\n", "utf-8")
    view = TrainView(Service(store))
    chosen = view.last_choice("fit")
    problem = view.fit(chosen["taggers"], chosen["rule"], chosen["rounds"], chosen["seed"])
    assert "settings.toml" in english(problem)
    assert not view.progress()[1]


def test_a_mistake_is_shown_in_both_languages_and_as_text(store, english, chinese):
    left(store, "a <b>line</b>\n", error=json.dumps(Message("fit.no-labels", folder="<i>").as_dict()))
    html, goes_on = TrainView(Service(store)).progress()
    assert 'data-state="failed"' in html
    assert "no product in &lt;i&gt; has tags" in english(html)
    assert "Something went wrong." in english(html)
    assert "出错了。" in chinese(html)
    assert "&lt;i&gt; 里没有带标签的商品" in chinese(html)
    assert "a &lt;b&gt;line&lt;/b&gt;" in html
    assert "<b>failed</b>" in english(html)
    assert "<b>失败</b>" in chinese(html)
    assert not goes_on


def test_a_run_that_ended_without_a_word_was_stopped(store, english, chinese):
    left(store, "out of fold: 1 of 4 (9 s)\n")
    html, _ = TrainView(Service(store)).progress()
    assert 'data-state="stopped"' in html
    assert "start again with the same settings to resume" in english(html)
    assert "用同样的设置再次开始即可继续" in chinese(html)
    assert '<progress value="1" max="4" aria-label="交叉预测 out of fold"' in html


def test_a_stage_that_the_page_has_no_word_for_is_shown_as_it_is(store):
    left(store, "<b>warm up: 1 of 4 (9 s)\n")
    html, _ = TrainView(Service(store)).progress()
    assert '<span>&lt;b&gt;warm up</span> <progress value="1" max="4" aria-label="&lt;b&gt;warm up"' in html


def test_a_fine_tuning_shows_its_curves(store, english, chinese):
    result = json.dumps({"products": 90, "epochs": 1, "micro_f1": 0.5, "adapter": "adapter-1"})
    left(store, "training: 8 of 8 (9 s)\n", result=result, kind="finetune")
    (store.folder / "training").mkdir()
    (store.folder / "training" / "curves.csv").write_text(HEAD + "1,8,0.001,2,3,0.5,4\n", "utf-8")
    html, _ = TrainView(Service(store)).progress()
    assert 'data-state="done"' in html
    assert "<span>Products <b>90</b></span>" in english(html)
    assert "<span>商品 <b>90</b></span>" in chinese(html)
    assert html.count("<svg") == 2


@pytest.mark.parametrize("field", ["rounds", "epochs"])
def test_a_field_that_was_left_empty_is_told(store, field):
    view = TrainView(Service(store))
    seen = view.fit(["knn"], "threshold", None, 0) if field == "rounds" else view.finetune(None, 0.001, 0)
    assert f"{field} must be between 1 and" in seen
    assert not view.progress()[1]

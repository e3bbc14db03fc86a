"""Trainings in separate processes, started through the real command line."""

import gzip
import os
import shutil
import signal
import time
from dataclasses import replace

import pytest

from index.errors import StoreLocked
from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.demo.paths import PRODUCTS
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.jobs.learning_curves import curves_of
from tagger.jobs.training.process import TrainingProcess, TrainingRequest, TrainingStatus
from tagger.jobs.training.request import finetune_run
from tagger.settings import read
from tests.tagger.conftest import QUICK_TOML, THIRD_PARTY

WAIT_S = 120
SETTINGS = f"""{QUICK_TOML}[taggers.generator]
enabled = false
[taggers.linear]
enabled = false
[taggers.pairs]
enabled = false
"""
FIT = TrainingRequest("fit", settings="[fusion.ranker]\nrounds = 5\n")


@pytest.fixture(scope="session")
def fitted_folder(once):
    """The folder of a fitted store of 48 products. Read-only."""
    return once("trained", make) / "store"


def make(parent):
    folder = parent / "store"
    folder.mkdir()
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    kinds = [("mug", "lamp")[number % 2] for number in range(48)]
    with pytest.MonkeyPatch.context() as patch, Store.writer(folder, create=True) as store:
        patch.syspath_prepend(THIRD_PARTY)
        store.catalogue.upsert([Product(f"{n}", f"{kind} {n}", tags=(kind,)) for n, kind in enumerate(kinds)])
        fit(store, read(folder / "settings.toml"), silent)


@pytest.fixture
def store(third_party, fitted_folder, tmp_path):
    """A writable copy of it."""
    return Store.open(shutil.copytree(fitted_folder, tmp_path / "store"))


@pytest.fixture
def runs(store):
    runs = TrainingProcess(store.folder)
    yield runs
    runs.stop()
    ended(runs)


def ended(runs: TrainingProcess) -> TrainingStatus:
    end = time.monotonic() + WAIT_S
    while (seen := runs.progress()).state == "running":
        assert time.monotonic() < end
        time.sleep(0.05)
    return seen


def test_a_fit_publishes_new_models_tells_what_it_did_and_cannot_be_stopped_any_more(store, runs):
    assert runs.progress() == TrainingStatus()
    before, _ = store.published(FITTED)
    runs.start(FIT)
    assert runs.progress().state == "running"
    seen = ended(runs)
    assert seen.state == "done", seen.log
    assert seen.result["products"] == 48
    assert [each.name for each in seen.log.stages] == ["encode", "out of fold", "train the ranker", "fit taggers"]
    assert all(each.whole for each in seen.log.stages)
    after, about = store.published(FITTED)
    assert before != after
    assert about["settings"]["fusion"]["ranker"]["rounds"] == 5
    assert about["settings"]["encoder"]["plugin"] == "acme-pairs"
    runs.stop()
    assert runs.progress().state == "done"


def test_one_training_at_a_time_also_for_another_server_and_it_can_stop_it(store, runs):
    before, _ = store.published(FITTED)
    runs.start(FIT)
    other = TrainingProcess(store.folder)
    assert other.progress().state == "running"
    assert other.progress().run.settings == FIT.settings
    with pytest.raises(StoreLocked, match="a training is already running; wait for it, or stop it"):
        other.start(FIT)
    other.stop()
    assert ended(other).state == "stopped"
    assert store.published(FITTED)[0] == before
    other.start(FIT)
    assert ended(other).state == "done"


@pytest.mark.slow
def test_a_training_that_was_killed_can_be_gone_on_with(runs):
    runs.start(FIT)
    os.kill(runs.progress().run.process, signal.SIGKILL)
    assert ended(runs).state == "stopped"
    runs.start(FIT)
    assert ended(runs).state == "done"


def test_a_mistake_is_told(runs):
    runs.start(replace(FIT, settings="[fusion]\nfolds = 1\n"))
    seen = ended(runs)
    assert (seen.state, str(seen.problem)) == ("failed", "the setting fusion.folds is wrong: must be at least 2")
    assert seen.problem.text("zh") == "设置项 fusion.folds 有误：不能小于 2"


@pytest.mark.slow
def test_a_fit_waits_for_who_writes_from_elsewhere_and_says_so(store, runs):
    said = f"waiting for process {os.getpid()} that writes {store.folder.resolve()} (at most 60 s)"
    end = time.monotonic() + WAIT_S
    with Store.writer(store.folder):
        runs.start(FIT)
        while said not in runs.progress().log.lines:
            assert time.monotonic() < end
            time.sleep(0.05)
    assert ended(runs).state == "done"


def test_stopping_what_never_ran_does_nothing(runs):
    runs.stop()
    assert runs.progress() == TrainingStatus()


@pytest.mark.slow
def test_a_fine_tuning_is_stopped_and_goes_on_where_it_was(third_party, tmp_path):
    folder = tmp_path / "store"
    folder.mkdir()
    settings = "[finetune]\nbatch_size = 8\nrank = 4\nmax_target_tokens = 24\nvalidation_products = 4\ndevice = 'cpu'\n"
    (folder / "settings.toml").write_text(SETTINGS + settings, "utf-8")
    lines = gzip.decompress(PRODUCTS.read_bytes()).decode().splitlines(keepends=True)
    (tmp_path / "in.jsonl").write_text("".join(lines[::30]), "utf-8")
    with Store.writer(folder, create=True) as store:
        ingest(store, [tmp_path / "in.jsonl"], silent)
    runs, tuning = TrainingProcess(folder), finetune_run(epochs=2, learning_rate=0.001, seed=0)
    runs.start(tuning)
    end = time.monotonic() + WAIT_S
    while not list((folder / "training").glob("checkpoint-*.pt")):
        assert runs.progress().state == "running", runs.progress().log
        assert time.monotonic() < end
        time.sleep(0.02)
    runs.stop()
    assert ended(runs).state == "stopped"
    runs.start(tuning)
    seen = ended(runs)
    assert seen.state == "done", seen.log
    assert "going on after epoch 1" in seen.log.lines
    assert seen.result["epochs"] == 2
    assert curves_of(store)["epoch"] == [1, 2]

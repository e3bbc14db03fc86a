import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import MT5Config, MT5ForConditionalGeneration

from finetune.command import run, settings_of
from finetune.seq2seq.base_model import Base
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.settings import LoraSettings
from index.catalogue.database import CatalogueSettings
from index.encoders.weights import Weights, WeightsSettings
from index.errors import BadInput, BadSetting, MissingArtifact, StaleArtifact
from index.neighbours import Neighbours
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.demo.paths import VOCABULARY
from tagger.generation.bases import check_adapter
from tagger.generation.prompt import PROMPT_VERSION
from tagger.vocabulary import read_tsv

ROOT = Path(__file__).parents[2]
SMALL: dict[str, Any] = {
    "epochs": 2,
    "batch_size": 8,
    "max_input_tokens": 32,
    "max_target_tokens": 12,
    "validation_products": 3,
    "rank": 4,
    "device": "cpu",
}

Finetune = Callable[..., dict[str, Any]]


@pytest.fixture
def store(products: list[Product], tmp_path: Path) -> Path:
    """A store with the small shop."""
    return made(tmp_path / "store", products)


def made(folder: Path, products: list[Product]) -> Path:
    with Store.writer(folder, create=True) as store:
        store.catalogue.upsert(products)
        store.catalogue.set_labels(read_tsv(VOCABULARY).rows())
    return folder


@pytest.fixture
def finetune(base: Path, neighbours: Neighbours, tmp_path: Path) -> Finetune:
    """Train an adapter for a store on the small base."""

    def train(store: Path, **changed: Any) -> dict[str, Any]:
        given = SMALL | {"base": str(base)} | changed
        cache = WeightsSettings(tmp_path / "cache")
        return run(store, cache, CatalogueSettings(), lambda store: neighbours, silent, given)

    return train


def adapter_of(store: Path) -> Path:
    return Store.open(store).published("adapter")[0]


def test_an_adapter_is_published_with_all_that_was_learnt_on_the_way(
    store: Path, base: Path, finetune: Finetune, split: Split
) -> None:
    summary = finetune(store)
    adapter = adapter_of(store)
    assert summary["adapter"] == adapter.name
    assert (summary["products"], summary["epochs"]) == (len(split.training), 2)
    assert summary["seconds"] > 0
    assert json.loads(json.dumps(summary)) == summary
    assert {path.name for path in adapter.iterdir()} == {
        *("about.json", "adapter_config.json", "adapter_model.safetensors", "curves.csv", "curves.png", "events")
    }
    assert (summary["resumed_from"], summary["reason"]) == (None, "there is no checkpoint to go on from")
    [checkpoint] = (store / "training").iterdir()
    assert checkpoint.name.startswith("checkpoint-")


def test_more_epochs_go_on_from_a_training_that_was_published(store: Path, finetune: Finetune) -> None:
    finetune(store)
    before = curves_in(store)
    summary = finetune(store, epochs=3)
    assert (summary["epochs"], summary["resumed_from"], summary["reason"]) == (3, 2, "going on after epoch 2")
    assert curves_in(store)[:3] == before
    assert len(curves_in(store)) == 1 + 3


def test_more_products_go_on_from_the_adapters_weights(
    store: Path, products: list[Product], finetune: Finetune
) -> None:
    first = finetune(store)
    more = [replace(each, id=f"more {each.id}", title=f"{each.title} 2") for each in products[::3]]
    with Store.writer(store) as writer:
        writer.catalogue.upsert(more)
    summary = finetune(store)
    assert summary["products"] > first["products"]
    assert summary["resumed_from"] == first["best_epoch"]
    assert summary["reason"].endswith("with a fresh optimizer: the products have changed")
    assert summary["epochs"] == first["best_epoch"] + 2
    assert len(list((store / "training").iterdir())) == 1


def test_a_training_of_another_rank_starts_anew_and_keeps_the_checkpoint(
    store: Path, finetune: Finetune, caplog: pytest.LogCaptureFixture
) -> None:
    finetune(store)
    [kept] = (store / "training").iterdir()
    with caplog.at_level("INFO"):
        summary = finetune(store, rank=5)
    assert summary["resumed_from"] is None
    assert summary["reason"] == f"starting anew: the checkpoint was trained with rank 4, now 5; it is kept in {kept}"
    assert caplog.messages.count(summary["reason"]) == 1
    assert kept.is_file()
    assert finetune(store, epochs=3)["resumed_from"] == 2


def test_a_training_of_another_version_starts_anew_and_its_checkpoint_is_kept(store: Path, finetune: Finetune) -> None:
    finetune(store)
    [path] = (store / "training").iterdir()
    former = path.rename(path.with_name("checkpoint.pt"))
    content = torch.load(former, weights_only=True)
    del content["begun"]
    torch.save({**content, "identity": "0123456789abcdef"}, former)
    summary = finetune(store)
    assert summary["reason"] == f"starting anew: the checkpoint is of an earlier version; it is kept in {former}"
    assert former.is_file()


def test_a_training_starts_anew_on_purpose(
    store: Path, base: Path, neighbours: Neighbours, finetune: Finetune, tmp_path: Path
) -> None:
    finetune(store)
    given = SMALL | {"base": str(base)}
    weights = WeightsSettings(tmp_path / "cache")
    summary = run(store, weights, CatalogueSettings(), lambda store: neighbours, silent, given, fresh=True)
    assert (summary["resumed_from"], summary["reason"]) == (None, "starting anew, as asked")
    assert summary["epochs"] == 2


def curves_in(store: Path) -> list[str]:
    return (adapter_of(store) / "curves.csv").read_text("utf-8").splitlines()


def test_the_adapter_says_what_it_was_trained_on(store: Path, base: Path, finetune: Finetune) -> None:
    summary = finetune(store)
    about = json.loads((adapter_of(store) / "about.json").read_text("utf-8"))
    assert about == Store.open(store).published("adapter")[1]
    assert about["prompt_version"] == PROMPT_VERSION
    assert about["base"] == str(base)
    assert about["base_fingerprint"] == Weights("", base, "").fingerprint()
    assert about["settings"]["rank"] == 4
    assert about["figures"]["micro_f1"] == summary["micro_f1"]
    check_adapter(adapter_of(store), Weights("small", base, "folder"))


def test_another_training_replaces_the_adapter(store: Path, finetune: Finetune) -> None:
    first = finetune(store)["adapter"]
    second = finetune(store, seed=1)["adapter"]
    assert adapter_of(store).name == second != first


def test_a_store_without_labelled_products_is_refused(
    products: list[Product], tmp_path: Path, finetune: Finetune
) -> None:
    store = made(tmp_path / "unlabelled", [Product("1", "mug")])
    with pytest.raises(BadInput, match="no product has tags"):
        finetune(store)


def test_where_there_is_no_store_none_is_made(tmp_path: Path, finetune: Finetune) -> None:
    with pytest.raises(MissingArtifact, match="no store"):
        finetune(tmp_path / "nowhere")
    assert not (tmp_path / "nowhere").exists()


def test_an_unknown_setting_is_refused_by_name() -> None:
    with pytest.raises(BadSetting, match=r"finetune has no setting 'ranks'; available: .*rank"):
        settings_of({"ranks": 3})
    assert settings_of({"rank": 3, "word_dropout": 1}) == LoraSettings(rank=3, word_dropout=1)


@pytest.mark.parametrize(
    ("key", "value", "kind"),
    [
        ("rank", 2.5, "a whole number"),
        ("rank", True, "a whole number"),
        ("base", 3, "a text"),
        ("dropout", "a", "a number"),
    ],
)
def test_a_setting_of_another_kind_is_refused_by_name(key: str, value: object, kind: str) -> None:
    with pytest.raises(BadSetting, match=f"the finetune setting {key} must be {kind}, not"):
        settings_of({key: value})


def test_an_unknown_base_is_refused(store: Path, finetune: Finetune) -> None:
    with pytest.raises(MissingArtifact, match="no weights for 'acme/no-such-t5'"):
        finetune(store, base="acme/no-such-t5")


def test_a_damaged_base_is_refused(store: Path, base: Path, tmp_path: Path, finetune: Finetune) -> None:
    damaged = tmp_path / "damaged"
    damaged.mkdir()
    for path in base.iterdir():
        (damaged / path.name).write_bytes(path.read_bytes())
    weights = damaged / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1000])
    with pytest.raises(StaleArtifact, match=r"the base .*damaged cannot be loaded"):
        finetune(store, base=str(damaged))


def test_an_mt5_goes_through_the_same_code(store: Path, small: Base, tmp_path: Path, finetune: Finetune) -> None:
    pad, end = small.tokenizer.pad_token_id, small.tokenizer.eos_token_id
    config = MT5Config(
        vocab_size=len(small.tokenizer),
        d_model=16,
        d_kv=8,
        d_ff=32,
        num_layers=1,
        num_heads=2,
        pad_token_id=pad,
        eos_token_id=end,
        decoder_start_token_id=pad,
    )
    MT5ForConditionalGeneration(config).save_pretrained(tmp_path / "mt5")
    small.tokenizer.save_pretrained(tmp_path / "mt5")
    finetune(store, base=str(tmp_path / "mt5"))
    check_adapter(adapter_of(store), Weights("mt5", tmp_path / "mt5", "folder"))


@pytest.mark.slow
@pytest.mark.parametrize("epochs_before", [0, 2])
def test_a_killed_training_goes_on_and_ends_as_one_that_was_not(
    products: list[Product],
    base: Path,
    weights: WeightsSettings,
    tmp_path: Path,
    finetune: Finetune,
    epochs_before: int,
) -> None:
    settings = {"epochs": 12, "patience": 12}
    whole, killed = made(tmp_path / "whole", products), made(tmp_path / "killed", products)
    if epochs_before:
        for store in (whole, killed):
            finetune(store, **settings | {"epochs": epochs_before})
    finetune(whole, **settings)
    given = SMALL | {"base": str(base)} | settings
    process = subprocess.Popen(
        [sys.executable, "-c", TRAIN, killed, weights.cache, tmp_path / "vectors", json.dumps(given)],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    # This file is written after the checkpoint.
    curves = killed / "training" / "curves.csv"
    end = time.monotonic() + 120
    while not curves.is_file() or curves.read_text("utf-8").count("\n") < 2 + epochs_before:
        assert process.poll() is None, "it ended before its first checkpoint"
        assert time.monotonic() < end, "no checkpoint after two minutes"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    before = curves.read_text("utf-8").splitlines()
    assert finetune(killed, **settings)["resumed_from"] >= 1 + epochs_before
    after = (adapter_of(killed) / "curves.csv").read_text("utf-8").splitlines()
    # The times are those of the killed process, because its epochs were not trained again.
    assert after[: len(before)] == before
    assert len(after) == 1 + 12
    name = "adapter_model.safetensors"
    assert (adapter_of(killed) / name).read_bytes() == (adapter_of(whole) / name).read_bytes()


TRAIN = """
import json, sys
from pathlib import Path
from finetune.command import run
from index.catalogue.database import CatalogueSettings
from index.encoders.sentence_encoder import create
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.encoders.weights import WeightsSettings
from index.neighbours import Neighbours
from index.progress import silent
from index.vectors.flat_index import FlatIndex
from tagger.generation.prompt import NEIGHBOURS
store, cache, vectors = map(Path, sys.argv[1:4])
weights = WeightsSettings(cache)
found = Neighbours(CachedEncoder(create(weights), VectorCache(vectors)), FlatIndex, NEIGHBOURS)
run(store, weights, CatalogueSettings(), lambda store: found, silent, json.loads(sys.argv[4]))
"""

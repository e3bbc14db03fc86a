"""Fine-tuning of sentence-transformers: a tiny one, and a few steps of the real one."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer, BertConfig, BertModel

from finetune.encoders.sentence_transformer import SentenceSettings, embed, main, tune, validate
from finetune.pretraining.tokenizer import train_tokenizer
from finetune.training.trainer import best_of
from index.encoders.sentence_encoder import SentenceEncoder, create
from index.encoders.weights import WeightsSettings
from index.errors import BadInput, BadSetting
from index.product import Product
from index.progress import silent

ROOT = Path(__file__).parents[3]
SETTINGS = SentenceSettings(epochs=3, batch_size=16, max_tokens=24, learning_rate=1e-3, rank=4, device="cpu")
KINDS = {"mug": "a thing to drink from", "lamp": "a thing that shines", "fridge": "a thing that cools"}
SHOP = [Product(f"{tag} {n}", f"{said}, number {n}", tags=(tag,)) for tag, said in KINDS.items() for n in range(6)]


@pytest.fixture(scope="session")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny, untrained sentence-transformer."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = train_tokenizer([product.text for product in SHOP], pieces=400)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    size = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(tokenizer), **size)).save_pretrained(folder)
    return folder


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with the shop's products."""
    path = tmp_path / "products.jsonl"
    path.write_text("".join(json.dumps({"title": each.title, "tags": each.tags}) + "\n" for each in SHOP), "utf-8")
    return path


def arguments(tiny: Path, file: Path, out: Path, *others: object) -> list[str]:
    given = ("--base", tiny, "--out", out, "--rank", 4, "--batch-size", 4, "--device", "cpu", *others, file)
    return [str(each) for each in given]


def weights_in(folder: Path) -> bytes:
    return (folder / "model.safetensors").read_bytes()


def test_texts_are_embedded_as_by_the_encoder(encoder_folder: Path, e5: SentenceEncoder) -> None:
    model = AutoModel.from_pretrained(str(encoder_folder)).eval()
    texts = ["超薄冰箱", "a mug, blue"]
    ours = embed(model, AutoTokenizer.from_pretrained(str(encoder_folder)), texts, SETTINGS)
    # The encoder may compute in bfloat16.
    assert np.allclose(ours.detach().numpy(), e5.encode(texts), atol=2e-3)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [4, 0])
def test_products_of_one_tag_come_nearer_and_a_store_can_take_the_folder(
    encoder_folder: Path, e5: SentenceEncoder, weights: WeightsSettings, tmp_path: Path, rank: int
) -> None:
    settings = replace(SETTINGS, rank=rank, learning_rate=1e-3 if rank else 5e-5)
    history = tune(encoder_folder, SHOP, settings, tmp_path / "tuned", tmp_path / "work", silent).history
    assert len(history) == 3
    assert history[-1].training_loss < history[0].training_loss
    texts = [SHOP[0].text, SHOP[1].text, SHOP[6].text]
    before = e5.encode(texts)
    tuned = create(weights, model=str(tmp_path / "tuned"), prefix="query: ")
    after = tuned.encode(texts)
    assert after[0] @ after[1] - after[0] @ after[2] > before[0] @ before[1] - before[0] @ before[2] + 0.01
    assert tuned.name != e5.name


def test_validation_asks_for_the_tags_of_the_nearest_product_and_for_the_loss_among_the_asked() -> None:
    vectors = {"a": [1.0, 0.0], "b": [0.0, 1.0], "near a": [0.8, 0.6], "near b": [0.6, 0.8]}
    found = [Product("1", "a", tags=("mug", "blue")), Product("2", "b", tags=("lamp",))]
    asked = [Product("3", "near a", tags=("mug",)), Product("4", "near b", tags=("fridge",))]
    figures = validate(lambda texts: torch.tensor([vectors[text] for text in texts]), asked, found, SETTINGS)
    # Three tags are suggested (mug, blue, lamp) and two are wanted (mug, fridge); one is right.
    assert figures.micro_f1 == pytest.approx(2 * (1 / 3) * (1 / 2) / (1 / 3 + 1 / 2))
    # The two products share no tag, so neither is the other's target.
    assert figures.loss == pytest.approx(0, abs=1e-6)


def test_the_best_epoch_by_held_out_products_is_written(tiny: Path, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=6, batch_size=4, rank=0, learning_rate=0.05, patience=6)
    outcome = tune(tiny, SHOP, settings, tmp_path / "six", tmp_path / "work", silent)
    best = best_of(outcome.history).epoch
    assert best < 6, "the last epoch is the best: nothing would be told"
    assert {len(outcome.history), outcome.history[-1].epoch} == {6}
    [path] = (tmp_path / "work").glob("checkpoint-*.pt")
    kept = torch.load(path, weights_only=True)
    written = AutoModel.from_pretrained(str(tmp_path / "six")).state_dict()
    assert all(torch.equal(written[name], weight) for name, weight in kept["best"].items())
    assert not all(torch.equal(written[name], weight) for name, weight in kept["weights"].items())


class Stopped(Exception):
    """Simulates a kill."""


@pytest.mark.parametrize("rank", [4, 0])
def test_a_training_that_was_stopped_ends_with_the_same_weights(tiny: Path, tmp_path: Path, rank: int) -> None:
    def stop_in_the_last_epoch(stage: str, done: int, total: int) -> None:
        if done == total - 1:
            raise Stopped

    settings = replace(SETTINGS, batch_size=4, rank=rank)
    tune(tiny, SHOP, settings, tmp_path / "whole", tmp_path / "work1", silent)
    with pytest.raises(Stopped):
        tune(tiny, SHOP, settings, tmp_path / "parted", tmp_path / "work2", stop_in_the_last_epoch)
    assert not (tmp_path / "parted").exists()
    outcome = tune(tiny, SHOP, settings, tmp_path / "parted", tmp_path / "work2", silent)
    assert outcome.resumed_from == 2
    assert weights_in(tmp_path / "parted") == weights_in(tmp_path / "whole")


def test_the_program_says_what_came_of_it_and_clears_its_work(
    tiny: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "tuned"
    assert main(arguments(tiny, file, out, "--epochs", 2, "--learning-rate", 0.01)) == 0
    said = json.loads(capsys.readouterr().out)
    assert (len(said["losses"]), said["epochs"], said["resumed_from"]) == (2, 2, None)
    assert 0 <= said["micro_f1"] <= 1
    assert {path.name for path in tmp_path.iterdir()} == {"tuned", "products.jsonl"}
    assert weights_in(out) != weights_in(tiny)


def test_the_rate_counts(tiny: Path, file: Path, tmp_path: Path) -> None:
    for name, rate in (("slow", 1e-4), ("fast", 1e-1)):
        assert main(arguments(tiny, file, tmp_path / name, "--epochs", 1, "--learning-rate", rate)) == 0
    assert weights_in(tmp_path / "slow") != weights_in(tmp_path / "fast")


@pytest.mark.slow
def test_a_killed_program_goes_on_from_its_last_epoch(
    tiny: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, work = tmp_path / "tuned", tmp_path / "tuned.training"
    given = arguments(tiny, file, out, "--epochs", 200)
    process = subprocess.Popen(
        [sys.executable, "-m", "finetune.encoders.sentence_transformer", *given],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
        stderr=subprocess.DEVNULL,
    )
    end = time.monotonic() + 120
    while not list(work.glob("training/checkpoint-*.pt")):
        assert process.poll() is None, "it ended before its first checkpoint"
        assert time.monotonic() < end, "no checkpoint after two minutes"
        time.sleep(0.005)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    assert not out.exists()
    assert main(given) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["resumed_from"] >= 1
    assert said["reason"].startswith(f"going on after epoch {said['resumed_from']}")
    assert not work.exists()


def test_a_model_that_is_there_is_replaced_only_where_that_is_asked_for(
    tiny: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "model"
    shutil.copytree(tiny, out)
    assert main(arguments(tiny, file, out)) == 2
    assert (
        capsys.readouterr().err == f"{out} already holds a model; name a new folder, or replace it with --overwrite\n"
    )
    assert weights_in(out) == weights_in(tiny)
    assert main(arguments(tiny, file, out, "--overwrite", "--epochs", 1)) == 0
    assert weights_in(out) != weights_in(tiny)


def test_a_store_is_not_put_aside_for_a_model(
    tiny: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "catalogue.duckdb").write_bytes(b"all products")
    assert main(arguments(tiny, file, tmp_path / "shop", "--overwrite")) == 2
    assert "holds files that are not a model" in capsys.readouterr().err
    assert (tmp_path / "shop" / "catalogue.duckdb").exists()


def test_a_shop_without_tags_is_refused(tiny: Path, tmp_path: Path) -> None:
    products = [Product(str(n), "mug") for n in range(20)]
    with pytest.raises(BadInput, match="only 0 products have tags; at least 8 are needed"):
        tune(tiny, products, SETTINGS, tmp_path / "tuned", tmp_path / "work", silent)
    assert not (tmp_path / "tuned").exists()


@pytest.mark.parametrize(
    "wrong", [{"epochs": 0}, {"rank": -1}, {"batch_size": 1}, {"temperature": 0.0}, {"learning_rate": 0.0}]
)
def test_what_cannot_be_trained_with_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        SentenceSettings(**wrong)  # type: ignore[arg-type]


def test_a_device_that_there_is_not_is_one_clear_line(
    tiny: Path, file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments(tiny, file, tmp_path / "out", "--device", "abacus")) == 2
    assert "device 'abacus' cannot be used" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "out"), str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err

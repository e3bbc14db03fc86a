import json
import math
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from transformers import AutoModelForSeq2SeqLM, AutoTokenizer

from finetune.pretraining.model_card import card
from finetune.pretraining.pretrain import decision_loss, evidence_loss, main, new_model, pretrain, rates
from finetune.pretraining.tokenizer import train_tokenizer
from finetune.seq2seq.batching import IGNORED
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.settings import PretrainSettings
from index.encoders.weights import WeightsSettings
from index.progress import Progress, silent
from tagger.demo.paths import VOCABULARY
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.prompt import PROMPT_VERSION
from tagger.vocabulary import read_tsv

TINY = PretrainSettings(
    epochs=2,
    batch_size=8,
    max_input_tokens=32,
    max_target_tokens=12,
    validation_products=3,
    pieces=900,
    width=16,
    feed_forward=32,
    heads=2,
    encoder_layers=1,
    decoder_layers=1,
)


class Stopped(Exception):
    """Simulates a kill."""


def test_the_folder_is_one_that_transformers_reads(base: Path) -> None:
    tokenizer = AutoTokenizer.from_pretrained(base, local_files_only=True)
    model = AutoModelForSeq2SeqLM.from_pretrained(base, local_files_only=True, use_safetensors=True)
    assert model.config.vocab_size == len(tokenizer)
    assert model.config.feed_forward_proj == "gated-gelu"
    assert model.generation_config.decoder_start_token_id == tokenizer.pad_token_id
    assert model.generation_config.eos_token_id == tokenizer.eos_token_id


def test_the_weights_are_float16(base: Path) -> None:
    with safe_open(base / "model.safetensors", "pt") as file:
        assert {file.get_tensor(name).dtype for name in file.keys()} == {torch.float16}  # noqa: SIM118


def test_the_folder_says_how_it_was_made(base: Path, split: Split) -> None:
    about = json.loads((base / "training.json").read_text("utf-8"))
    assert about["prompt_version"] == PROMPT_VERSION
    assert about["settings"]["seed"] == 0
    assert about["data"]["fingerprint"] == split.fingerprint()
    assert about["data"]["sets"]["demo"]["training"] == len(split.training)
    assert set(about["figures"]) == {"demo"}
    card = (base / "README.md").read_text("utf-8")
    assert "license: apache-2.0" in card
    assert split.fingerprint() in card
    assert (base / "curves.csv").read_text("utf-8").startswith("epoch,")


@pytest.mark.slow
def test_a_training_that_was_stopped_ends_with_the_same_weights(
    split: Split, encoder_folder: Path, tmp_path: Path
) -> None:
    def stop_in_the_last_epoch(stage: str, done: int, total: int) -> None:
        if done == total - 1:
            raise Stopped

    def made(name: str) -> bytes:
        return (tmp_path / name / "model.safetensors").read_bytes()

    def make(name: str, work: str, progress: Progress) -> None:
        vocabulary = read_tsv(VOCABULARY)
        pretrain({"demo": split}, vocabulary, TINY, tmp_path / name, tmp_path / work, progress, encoder_folder)

    make("whole", "work1", silent)
    with pytest.raises(Stopped):
        make("parted", "work2", stop_in_the_last_epoch)
    assert not (tmp_path / "parted").exists()
    make("parted", "work2", silent)
    assert made("whole") == made("parted")


def test_evidence_at_one_place_is_enough() -> None:
    # One product, two positions (and a padded one), two pieces. The second position supports the first piece.
    evidence = torch.tensor([[[0.0, 0.0], [12.0, 0.0], [50.0, 50.0]]])
    mask = torch.tensor([[1, 1, 0]])
    present = torch.tensor([[True, False]])
    first, second = math.log(1 + math.exp(12.0)) - 9, math.log(2) - 9
    expected = math.log(1 + math.exp(-first)) + math.log(1 + math.exp(second))
    assert evidence_loss(evidence, mask, present).item() == pytest.approx(expected, rel=1e-3)


def test_a_decision_is_told_at_its_letter_only() -> None:
    speaking_for = torch.tensor([[9.0, 0.5, -1.0], [9.0, 9.0, 9.0]])
    decided = torch.tensor([[IGNORED, 1, 0], [IGNORED, IGNORED, IGNORED]])
    expected = (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-1.0))) / 2
    assert decision_loss(speaking_for, decided).item() == pytest.approx(expected)
    assert decision_loss(speaking_for[1:], decided[1:]).item() == 0


def test_matrices_learn_in_proportion_to_their_size() -> None:
    model = new_model(replace(TINY, width=16), train_tokenizer(["mug"], pieces=400))
    with torch.no_grad():
        model.shared.weight.fill_(0.5)
        model.encoder.block[0].layer[0].SelfAttention.q.weight.fill_(0.001)
    found = rates(model)
    # The usual scale is 16 ** -0.5 = 0.25.
    assert found["shared.weight"] == pytest.approx(2.0)
    assert found["encoder.block.0.layer.0.SelfAttention.q.weight"] == 0.1
    assert "encoder.final_layer_norm.weight" not in found


def test_the_default_size_fits_into_forty_megabytes(split: Split) -> None:
    tokenizer = train_tokenizer(["mug"], pieces=400)
    settings = PretrainSettings()
    model = new_model(settings, tokenizer)
    embeddings = (settings.pieces - len(tokenizer)) * settings.width
    assert (model.num_parameters() + embeddings) * 2 < 40_000_000


def test_bad_input_ends_the_command_with_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "out"), "--work", str(tmp_path), str(tmp_path / "none.jsonl")]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_folder_of_other_things_is_not_put_aside_for_a_model(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "catalogue.duckdb").write_bytes(b"all products")
    assert main(["--out", str(tmp_path / "shop"), "--overwrite"]) == 2
    assert capsys.readouterr().err == f"{tmp_path}/shop holds files that are not a model; name a new folder\n"
    assert (tmp_path / "shop" / "catalogue.duckdb").read_bytes() == b"all products"


def test_a_base_that_is_there_is_replaced_only_where_that_is_asked_for(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (base / "model.safetensors").read_bytes()
    assert main(["--out", str(base)]) == 2
    assert (
        capsys.readouterr().err == f"{base} already holds a model; name a new folder, or replace it with --overwrite\n"
    )
    # This attempt passes the check and fails only at the missing file.
    assert main(["--out", str(base), "--overwrite", "--work", str(tmp_path), str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    assert (base / "model.safetensors").read_bytes() == before


def test_two_catalogues_of_one_name_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    one, other = tmp_path / "a" / "products.train.jsonl", tmp_path / "b" / "products.jsonl"
    assert main(["--out", str(tmp_path / "out"), str(one), str(other)]) == 2
    assert capsys.readouterr().err == f"{other} and {one} have the same file name; rename one of them\n"
    assert main(["--out", str(tmp_path / "out"), str(tmp_path / "demo.jsonl")]) == 2
    assert "have the same file name" in capsys.readouterr().err


def test_the_base_that_ships_is_there_and_fits_this_version(tmp_path: Path) -> None:
    base = find_base(T5_PRODUCTS, WeightsSettings(tmp_path))
    assert base.source == "packaged"
    assert (base.folder / "model.safetensors").stat().st_size < 40_000_000
    assert {path.name for path in base.folder.iterdir()} == {
        *("README.md", "config.json", "curves.csv", "generation_config.json", "model.safetensors"),
        *("tokenizer.json", "tokenizer_config.json", "training.json"),
    }


def test_the_defaults_and_the_card_are_those_of_the_base_that_ships(tmp_path: Path) -> None:
    folder = find_base(T5_PRODUCTS, WeightsSettings(tmp_path)).folder
    about = json.loads((folder / "training.json").read_text("utf-8"))
    assert about["settings"] == asdict(PretrainSettings(epochs=about["settings"]["epochs"]))
    assert (folder / "README.md").read_text("utf-8") == card(about)

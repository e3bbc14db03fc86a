import json
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import PeftModel
from safetensors import safe_open
from transformers import MT5Config, MT5ForConditionalGeneration, T5Config, T5ForConditionalGeneration

from finetune.seq2seq.base_model import Base, load_base
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.lora import add_lora, identify_adapter, projections, save_adapter, tune
from finetune.seq2seq.settings import LoraSettings
from finetune.training.resumption import lends_weights
from index.encoders.weights import Weights
from index.progress import silent
from tagger.generation.bases import wrapping
from tagger.vocabulary import Vocabulary

SETTINGS = LoraSettings(
    epochs=2, batch_size=8, max_input_tokens=32, max_target_tokens=12, validation_products=3, rank=4, learning_rate=0.01
)
SIZE = {"vocab_size": 40, "d_model": 8, "d_kv": 4, "d_ff": 16, "num_layers": 1, "num_heads": 2}


def test_the_projections_of_a_t5_are_found() -> None:
    assert projections(T5ForConditionalGeneration(T5Config(**SIZE))) == ["k", "o", "q", "v", "wi", "wo"]


def test_the_projections_of_an_mt5_are_found() -> None:
    model = MT5ForConditionalGeneration(MT5Config(**SIZE))
    assert projections(model) == ["k", "o", "q", "v", "wi_0", "wi_1", "wo"]


def test_only_the_adapter_is_trainable(small: Base) -> None:
    model = add_lora(small.model, SETTINGS)
    trainable = {name for name, weight in model.named_parameters() if weight.requires_grad}
    assert trainable
    assert all("lora_" in name for name in trainable)
    assert any("DenseReluDense.wi_0" in name for name in trainable)
    assert any("EncDecAttention.q" in name for name in trainable)


def test_an_untrained_adapter_changes_nothing(small: Base) -> None:
    batch = {"input_ids": torch.tensor([[5, 6, 1]]), "decoder_input_ids": torch.tensor([[0, 5]])}
    with torch.inference_mode():
        before = small.model(**batch).logits
        after = add_lora(small.model, SETTINGS).eval()(**batch).logits
    assert torch.equal(before, after)


def test_tuning_lowers_the_loss_and_leaves_the_base_alone(small: Base, split: Split, tmp_path: Path) -> None:
    before = {name: weight.clone() for name, weight in small.model.state_dict().items()}
    model, outcome = tune(small, split, Vocabulary(), SETTINGS, tmp_path, silent)
    assert outcome.history[-1].training_loss < outcome.history[0].training_loss
    after = model.unload().state_dict()
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_the_adapter_is_safetensors_that_peft_reads(base: Path, split: Split, tmp_path: Path) -> None:
    first, second = (load_base(Weights("acme/small", base, "folder"), "cpu") for _ in range(2))
    model, _ = tune(first, split, Vocabulary(), SETTINGS, tmp_path / "work", silent)
    (tmp_path / "adapter").mkdir()
    save_adapter(model, tmp_path / "adapter")
    assert {path.name for path in (tmp_path / "adapter").iterdir()} == {
        *("adapter_config.json", "adapter_model.safetensors")
    }
    with safe_open(tmp_path / "adapter" / "adapter_model.safetensors", "pt") as file:
        assert all("lora_" in name for name in file.keys())  # noqa: SIM118 - not a dictionary
    with wrapping():
        loaded = PeftModel.from_pretrained(second.model, str(tmp_path / "adapter")).eval()
    batch = {"input_ids": torch.tensor([[5, 6, 1]]), "decoder_input_ids": torch.tensor([[0, 5]])}
    with torch.inference_mode():
        assert torch.equal(loaded(**batch).logits, model(**batch).logits)


def test_the_adapter_names_its_base_and_no_folder_of_this_machine(small: Base, split: Split, tmp_path: Path) -> None:
    named = small._replace(weights=replace(small.weights, name="acme/small"))
    model, _ = tune(named, split, Vocabulary(), replace(SETTINGS, epochs=1), tmp_path / "work", silent)
    save_adapter(model, tmp_path)
    text = (tmp_path / "adapter_config.json").read_text("utf-8")
    assert json.loads(text)["base_model_name_or_path"] == "acme/small"
    assert str(small.weights.folder) not in text


@pytest.mark.parametrize("seed", [0, 1])
def test_a_seed_gives_one_adapter(base: Path, split: Split, tmp_path: Path, seed: int) -> None:
    settings = replace(SETTINGS, epochs=1, seed=seed)
    written = []
    for number in range(2):
        model, _ = tune(
            load_base(Weights("small", base, "folder"), "cpu"),
            split,
            Vocabulary(),
            settings,
            tmp_path / f"work{number}",
            silent,
        )
        (tmp_path / f"{number}").mkdir()
        save_adapter(model, tmp_path / f"{number}")
        written.append((tmp_path / f"{number}" / "adapter_model.safetensors").read_bytes())
    assert written[0] == written[1]


@pytest.mark.parametrize(
    ("changed", "anew"),
    [({"rank": 5}, True), ({"alpha": 8}, True), ({"seed": 1}, True), ({"learning_rate": 0.02}, False)],
)
def test_weights_go_to_other_products_only_where_they_fit(
    small: Base, split: Split, changed: dict[str, Any], anew: bool
) -> None:
    before = identify_adapter(small, split, SETTINGS)
    after = identify_adapter(small, replace(split, training=split.training[1:]), replace(SETTINGS, **changed))
    assert lends_weights(before, after) is not anew


def test_another_base_or_another_tokenizer_is_another_training_and_another_place_is_not(
    small: Base, split: Split, base: Path, tmp_path: Path
) -> None:
    now = identify_adapter(small, split, SETTINGS)
    shutil.copytree(base, tmp_path / "copy")
    copied = load_base(Weights("copy", tmp_path / "copy", "folder"), "cpu")
    assert identify_adapter(copied, split, replace(SETTINGS, base="copy")) == now
    copied.tokenizer.add_tokens(["<acme>"])
    assert identify_adapter(copied, split, SETTINGS) != now
    changed = tmp_path / "copy" / "model.safetensors"
    changed.write_bytes(changed.read_bytes() + b"x")
    assert identify_adapter(small._replace(weights=copied.weights), split, SETTINGS) != now

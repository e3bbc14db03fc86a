import json
from pathlib import Path
from typing import Any

import pytest

from index.encoders.weights import Weights, WeightsSettings
from index.errors import MissingArtifact, StaleArtifact
from tagger.generation.bases import T5_PRODUCTS, about_adapter, base_name, check_adapter, find_base
from tagger.generation.prompt import PROMPT_VERSION


def base_in(folder: Path, content: bytes = b"weights", **training: Any) -> Weights:
    folder.mkdir()
    (folder / "model.safetensors").write_bytes(content)
    if training:
        (folder / "training.json").write_text(json.dumps(training), "utf-8")
    return Weights("acme/base", folder, "hub")


def adapter_in(folder: Path, base: Weights, **changed: Any) -> Path:
    folder.mkdir()
    (folder / "adapter_model.safetensors").write_bytes(b"")
    about = about_adapter(base, {"rank": 4}, {"micro_f1": 0.5}) | changed
    (folder / "about.json").write_text(json.dumps(about), "utf-8")
    return folder


def test_an_adapter_says_what_it_was_trained_on(tmp_path: Path) -> None:
    base = base_in(tmp_path / "base")
    assert about_adapter(base, {"rank": 4}, {"micro_f1": 0.5}) == {
        "prompt_version": PROMPT_VERSION,
        "base": "acme/base",
        "base_fingerprint": base.fingerprint(),
        "settings": {"rank": 4},
        "figures": {"micro_f1": 0.5},
    }


def test_an_adapter_fits_the_base_it_was_trained_on_wherever_that_lies(tmp_path: Path) -> None:
    adapter = adapter_in(tmp_path / "adapter", base_in(tmp_path / "base"))
    check_adapter(adapter, base_in(tmp_path / "copy"))


def test_an_adapter_of_another_base_is_refused(tmp_path: Path) -> None:
    adapter = adapter_in(tmp_path / "adapter", base_in(tmp_path / "base"))
    with pytest.raises(StaleArtifact, match=r"was trained on the base acme/base .*run: tagweave finetune STORE"):
        check_adapter(adapter, base_in(tmp_path / "other", b"other"))


def test_an_adapter_of_another_prompt_is_refused(tmp_path: Path) -> None:
    base = base_in(tmp_path / "base")
    adapter = adapter_in(tmp_path / "adapter", base, prompt_version=PROMPT_VERSION + 1)
    with pytest.raises(StaleArtifact, match=rf"prompt version {PROMPT_VERSION + 1}; this version uses"):
        check_adapter(adapter, base)


@pytest.mark.parametrize("name", ["about.json", "adapter_model.safetensors"])
def test_a_folder_without_an_adapter_is_refused(tmp_path: Path, name: str) -> None:
    base = base_in(tmp_path / "base")
    adapter = adapter_in(tmp_path / "adapter", base)
    (adapter / name).unlink()
    with pytest.raises(MissingArtifact, match=rf"{name} is missing; run: tagweave finetune"):
        check_adapter(adapter, base)


@pytest.mark.parametrize("content", ["{", "[]", '"x"'])
def test_an_adapter_that_says_nonsense_is_refused(tmp_path: Path, content: str) -> None:
    base = base_in(tmp_path / "base")
    adapter = adapter_in(tmp_path / "adapter", base)
    (adapter / "about.json").write_text(content, "utf-8")
    with pytest.raises(StaleArtifact, match=r"about.json cannot be loaded"):
        check_adapter(adapter, base)


def test_the_base_is_the_one_that_the_adapter_names(tmp_path: Path) -> None:
    assert base_name(adapter_in(tmp_path / "adapter", base_in(tmp_path / "base"))) == "acme/base"
    assert base_name(None) == T5_PRODUCTS


def test_a_base_of_ours_that_was_trained_on_another_prompt_is_refused(tmp_path: Path) -> None:
    base_in(tmp_path / "old", prompt_version=0)
    with pytest.raises(StaleArtifact, match=r"trained on prompt version 0; .*python -m finetune.pretraining.pretrain"):
        find_base(str(tmp_path / "old"), WeightsSettings(tmp_path))


def test_a_base_that_others_trained_needs_no_prompt_version(tmp_path: Path) -> None:
    base_in(tmp_path / "other")
    assert find_base(str(tmp_path / "other"), WeightsSettings(tmp_path)).folder == tmp_path / "other"


def test_a_base_in_a_folder_is_found_from_any_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "models").mkdir()
    base_in(tmp_path / "models" / "base")
    monkeypatch.chdir(tmp_path)
    adapter = adapter_in(tmp_path / "adapter", Weights("models/base", Path("models/base"), "folder"))
    assert base_name(adapter) == str(tmp_path / "models" / "base")

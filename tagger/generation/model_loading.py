"""Load a base model, merge its adapter, and move it to a device."""

from pathlib import Path
from typing import Any

from index.encoders.weights import Weights
from index.errors import BadSetting
from index.messages import mark
from tagger.generation.bases import READING, check_adapter, reading, wrapping


def load(base: Weights, adapter: Path | None) -> tuple[Any, Any]:
    """Return the model, float32 on the CPU, and its tokenizer.

    Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` if the adapter is
    missing.
    """
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils import logging

    folder = str(base.folder)
    # Its progress bar would appear between our own log lines.
    logging.disable_progress_bar()
    with reading(f"base {base.name}", base.folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, **READING)
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, **READING, use_safetensors=True, dtype=torch.float32)
    if adapter is not None:
        check_adapter(adapter, base)
        model = _merge_adapter(model, adapter)
    return model.eval(), tokenizer


def place_model(model: Any, device: str = "") -> Any:
    """Move a model to a device, by default a GPU if there is one; raises `BadSetting` for an unavailable device."""
    import torch

    try:
        return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    # torch raises RuntimeError for an unknown device, AssertionError for one that it was built without.
    except (RuntimeError, AssertionError) as error:
        if "out of memory" in str(error).lower():
            raise
        raise BadSetting("model.device", device=device, reason=str(error).splitlines()[0]) from error


def _merge_adapter(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    with reading(mark("adapter"), adapter), wrapping():
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()

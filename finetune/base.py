"""Load a base for training."""

from typing import Any, NamedTuple

from index.weights import Weights
from tagger.pretrained import READING, reading


class Base(NamedTuple):
    """A sequence-to-sequence model in float32, its tokenizer, and where both came from."""

    model: Any
    tokenizer: Any
    weights: Weights


def load_base(weights: Weights, device: str = "") -> Base:
    """Load a base onto a device, by default a GPU where there is one; raises `StaleArtifact` for a damaged one."""
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils import logging

    # Its bar for each tensor would stand between our own lines.
    logging.disable_progress_bar()
    folder = str(weights.folder)
    with reading(f"base {weights.name}", weights.folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, **READING)
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, **READING, use_safetensors=True, dtype=torch.float32)
    return Base(model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")), tokenizer, weights)

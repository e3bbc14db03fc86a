"""Tune the sentence-transformer itself on a catalogue's tags; worth it with a GPU.

    python -m finetune.sentence --out FOLDER products.jsonl [--rank 0] [--epochs 2]

The products are those that `fit` will see; whoever wants to measure keeps others back. With a rank, LoRA adapters are
trained and merged into the weights in the end (Hu et al. 2021, arXiv:2106.09685); with rank 0 all weights are trained.
A store takes the folder as its encoder: `model = "FOLDER"` and `prefix = "query: "` under `[encoder.options]`.
"""

import argparse
import json
import logging
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from finetune.encoders.bag_encoder import contrast, overlaps, targets
from finetune.output import refuse_foreign_folder
from finetune.seq2seq.dataset import read_labelled
from index.atomic import replace_folder
from index.encoders.weights import E5, WeightsSettings, find
from index.errors import BadInput, BadSetting, TagweaveError
from index.product import Product
from index.progress import Progress, silent
from tagger.generation.bases import wrapping

log = logging.getLogger(__name__)

_LEAST_PRODUCTS = 8


@dataclass(frozen=True)
class SentenceSettings:
    """How the encoder is tuned; a batch's other products are what each one is compared with, so many are better."""

    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 2e-4
    temperature: float = 0.05
    rank: int = 16
    max_tokens: int = 128
    prefix: str = "query: "
    seed: int = 0

    def __post_init__(self) -> None:
        """Refuse what cannot be trained with."""
        if self.epochs < 1 or self.batch_size < 2 or self.rank < 0 or self.max_tokens < 8:
            raise BadSetting("epochs must be at least 1, batch_size 2, rank 0, max_tokens 8")
        if self.learning_rate <= 0 or self.temperature <= 0:
            raise BadSetting("learning_rate and temperature must be above 0")


def tune(
    base: Path, products: Sequence[Product], settings: SentenceSettings, out: Path, progress: Progress
) -> list[float]:
    """Tune a sentence-transformer in a folder with mean pooling, write it to another; returns each epoch's mean loss.

    Raises `BadInput` for fewer labelled products than can be told apart.
    """
    labelled = [product for product in products if product.tags]
    if len(labelled) < _LEAST_PRODUCTS:
        raise BadInput(f"{len(labelled)} products have tags; at least {_LEAST_PRODUCTS} are needed")
    torch.manual_seed(settings.seed)
    device = "cuda" if torch.cuda.is_available() else "cpu"
    tokenizer, model = _loaded(base, settings.rank)
    losses = _trained(model.to(device).train(), tokenizer, labelled, settings, progress)
    with replace_folder(out) as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True)
        (model.merge_and_unload() if settings.rank else model).cpu().save_pretrained(folder)
    return losses


def _loaded(base: Path, rank: int) -> tuple[Any, Any]:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
    model = AutoModel.from_pretrained(str(base), local_files_only=True, use_safetensors=True)
    if not rank:
        return tokenizer, model
    with wrapping():
        return tokenizer, get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))


def _trained(
    model: Any, tokenizer: Any, products: Sequence[Product], settings: SentenceSettings, progress: Progress
) -> list[float]:
    tags = overlaps([product.tags for product in products])
    optimizer = torch.optim.AdamW((each for each in model.parameters() if each.requires_grad), settings.learning_rate)
    random = np.random.default_rng(settings.seed)
    parts = max(1, round(len(products) / settings.batch_size))
    losses = []
    for epoch in range(settings.epochs):
        total = 0.0
        for number, batch in enumerate(np.array_split(random.permutation(len(products)), parts)):
            progress(f"epoch {epoch + 1} of {settings.epochs}", number, parts)
            vectors = embed(model, tokenizer, [products[place].text for place in batch], settings)
            loss = contrast(vectors, targets(tags[batch]).to(vectors.device), settings.temperature)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            total += loss.item()
        losses.append(total / parts)
        log.info("epoch %d: loss %.4f", epoch + 1, losses[-1])
    return losses


def embed(model: Any, tokenizer: Any, texts: Sequence[str], settings: SentenceSettings) -> torch.Tensor:
    """Embed texts as sentence-transformers does with mean pooling: unit rows, (n, width), with gradients."""
    cut = tokenizer(
        [settings.prefix + text for text in texts],
        padding=True,
        truncation=True,
        max_length=settings.max_tokens,
        return_tensors="pt",
    ).to(model.device)
    states, mask = model(**cut).last_hidden_state, cut["attention_mask"][..., None]
    return functional.normalize((states * mask).sum(dim=1) / mask.sum(dim=1), dim=1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m finetune.sentence", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("products", type=Path, metavar="FILE", help="labelled products: CSV, JSON lines or Parquet")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--base", default=E5, metavar="MODEL", help="by name or folder")
    parser.add_argument("--epochs", type=int, default=SentenceSettings.epochs, metavar="N")
    parser.add_argument("--batch-size", type=int, default=SentenceSettings.batch_size, metavar="N")
    parser.add_argument("--rank", type=int, default=SentenceSettings.rank, metavar="N")
    parser.add_argument("--seed", type=int, default=SentenceSettings.seed, metavar="N")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    try:
        settings = SentenceSettings(
            epochs=options.epochs, batch_size=options.batch_size, rank=options.rank, seed=options.seed
        )
        refuse_foreign_folder(options.out)
        products = read_labelled(options.products)
        with tempfile.TemporaryDirectory(prefix="tagweave-") as cache:
            base = find(options.base, WeightsSettings(Path(cache))).folder
            losses = tune(base, products, settings, options.out, silent)
        print(json.dumps({"losses": losses}))
    except TagweaveError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

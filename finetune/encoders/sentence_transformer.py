"""Tune the sentence-transformer itself on a catalogue's tags; worthwhile with a GPU.

    python -m finetune.encoders.sentence_transformer --out FOLDER products.jsonl [--rank 0] [--epochs 2]

A tenth of the products is never trained on, and another tenth selects the best epoch, as for every generator
(`tagger.splits`). With a rank, LoRA adapters are trained and finally merged into the weights (Hu et al. 2021,
arXiv:2106.09685); with rank 0 all weights are trained. A killed training resumes where it stopped. A store uses the
folder as its encoder with `model = "FOLDER"` and `prefix = "query: "` under `[encoder.options]`.
"""

import argparse
import random
import shutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional

from finetune.encoders.bag_encoder import contrast, overlaps, targets
from finetune.program import log_progress, parser_of, run_program, training_folder
from finetune.seq2seq.dataset import divide, read_labelled
from finetune.training.learning_curves import Figures
from finetune.training.resumption import Identity, fingerprint, identify
from finetune.training.trainer import Course, Outcome, Task, best_of, train
from index.atomic import replace_folder
from index.batching import batched
from index.encoders.weights import E5, Weights, WeightsSettings, find
from index.errors import BadInput, BadSetting
from index.messages import Message
from index.product import Product
from index.progress import Progress
from tagger.evaluation.metrics import micro_f1
from tagger.generation.bases import enough_memory, wrapping
from tagger.generation.model_loading import place_model
from tagger.splits import position

_LEAST_PRODUCTS = 8
# After each epoch, at most this many validation products are looked up among at most this many training products.
_ASKED, _FOUND = 512, 4096
# Weights of another rank do not fit; another seed asks for another training.
_FIXED = ("rank", "seed")

Embed = Callable[[Sequence[str]], torch.Tensor]


@dataclass(frozen=True)
class SentenceSettings:
    """Settings for tuning the encoder; large batches help, since a product is compared with the rest of its batch.

    `warmup` is a share of all steps. Training ends early after `patience` epochs without a better micro-F1. An empty
    `device` means a GPU if there is one.
    """

    epochs: int = 2
    batch_size: int = 128
    learning_rate: float = 2e-4
    temperature: float = 0.05
    rank: int = 16
    max_tokens: int = 128
    prefix: str = "query: "
    warmup: float = 0.05
    weight_decay: float = 0.01
    patience: int = 3
    seed: int = 0
    device: str = ""

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is out of range."""
        if self.epochs < 1 or self.batch_size < 2 or self.rank < 0 or self.max_tokens < 8:
            raise BadSetting("finetune.encoder-minimums")
        if self.learning_rate <= 0 or self.temperature <= 0:
            raise BadSetting("finetune.encoder-rates")


def tune(
    base: Path, products: Sequence[Product], settings: SentenceSettings, out: Path, work: Path, progress: Progress
) -> Outcome:
    """Tune the sentence-transformer in `base` (mean pooling) and write its best epoch to `out`; return the outcome.

    A call after a kill resumes from the checkpoint in `work`. Raises `BadInput` if there are too few labelled products,
    `BadSetting` if the device does not exist.
    """
    labelled = [product for product in products if product.tags]
    if len(labelled) < _LEAST_PRODUCTS:
        raise BadInput("finetune.too-few-products", count=len(labelled), minimum=_LEAST_PRODUCTS)
    training, validation, _ = divide(labelled)
    torch.manual_seed(settings.seed)
    tokenizer, model = _load(base, settings.rank)
    identity = identify_encoder(base, labelled, settings)
    task = contrast_task(identity, place_model(model, settings.device), tokenizer, training, validation, settings)
    with enough_memory(Message("memory.batch-size")):
        outcome = train(task, work, progress)
    with replace_folder(out) as folder:
        shutil.copytree(base, folder, dirs_exist_ok=True)
        (model.merge_and_unload() if settings.rank else model).cpu().save_pretrained(folder)
    return outcome


def identify_encoder(base: Path, products: Sequence[Product], settings: SentenceSettings) -> Identity:
    """Identify the training of an encoder; its base is identified by content, wherever it is."""
    named = sorted((product.text, product.tags) for product in products)
    return identify(settings, _FIXED, fingerprint(named), {"base": Weights("", base, "folder").fingerprint()})


def _load(base: Path, rank: int) -> tuple[Any, Any]:
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModel, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(str(base), local_files_only=True)
    model = AutoModel.from_pretrained(str(base), local_files_only=True, use_safetensors=True)
    if not rank:
        return tokenizer, model
    with wrapping():
        return tokenizer, get_peft_model(model, LoraConfig(r=rank, lora_alpha=2 * rank, target_modules="all-linear"))


def contrast_task(
    identity: Identity,
    model: Any,
    tokenizer: Any,
    training: Sequence[Product],
    validation: Sequence[Product],
    settings: SentenceSettings,
) -> Task[np.ndarray]:
    """Return the training task: bring products that share tags closer together."""
    tags = overlaps([product.tags for product in training])
    found, asked = _sample(training, _FOUND), _sample(validation, _ASKED)

    def encode(texts: Sequence[str]) -> torch.Tensor:
        return embed(model, tokenizer, texts, settings)

    def loss(batch: np.ndarray) -> torch.Tensor:
        vectors = encode([training[place].text for place in batch])
        return _contrast(vectors, targets(tags[batch]), settings.temperature)

    def check() -> Figures:
        model.eval()
        return validate(encode, asked, found, settings)

    steps = _batches(len(training), settings.batch_size)
    return Task(identity, course_of(settings), model, steps, loss, check)


def course_of(settings: SentenceSettings) -> Course:
    """Return the settings that apply to the training of any model."""
    return Course(
        settings.epochs,
        settings.learning_rate,
        settings.warmup,
        settings.weight_decay,
        settings.patience,
        settings.seed,
    )


def _sample(products: Sequence[Product], most: int) -> list[Product]:
    return sorted(products, key=position)[:most]


def _batches(count: int, size: int) -> Callable[[int, random.Random], list[list[np.ndarray]]]:
    """Return a function that draws each epoch's batches, as positions; each batch is one step."""
    parts = max(1, round(count / size))
    return lambda epoch, rng: [[part] for part in np.array_split(np.array(rng.sample(range(count), count)), parts)]


def _contrast(vectors: torch.Tensor, wanted: torch.Tensor, temperature: float) -> torch.Tensor:
    # bfloat16 has too few digits for similarities at this temperature.
    with torch.autocast(vectors.device.type, enabled=False):
        return contrast(vectors.float(), wanted.to(vectors.device), temperature)


def validate(encode: Embed, asked: Sequence[Product], found: Sequence[Product], settings: SentenceSettings) -> Figures:
    """Measure on held-out products: the loss among them, and micro-F1 of the nearest training product's tags."""
    with torch.inference_mode():
        queries, others = (_encode_all(encode, each, settings.batch_size) for each in (asked, found))
        wanted = targets(overlaps([product.tags for product in asked]))
        loss = _contrast(queries, wanted, settings.temperature).item()
        nearest = (queries @ others.T).argmax(dim=1).tolist()
    given = [list(found[place].tags) for place in nearest]
    return Figures(loss, micro_f1(given, [product.tags for product in asked]))


def _encode_all(encode: Embed, products: Sequence[Product], size: int) -> torch.Tensor:
    return torch.cat([encode(texts).float() for texts in batched((product.text for product in products), size)])


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


def run(options: argparse.Namespace, work: Path) -> dict[str, Any]:
    """Tune the encoder that the options name; return the losses and the best epoch's figures."""
    names = ("epochs", "batch_size", "learning_rate", "rank", "seed", "device")
    settings = SentenceSettings(**{name: getattr(options, name) for name in names})
    products = read_labelled(options.products)
    base = find(options.base, WeightsSettings(work / "weights")).folder
    outcome = tune(base, products, settings, options.out, training_folder(work), log_progress())
    best = best_of(outcome.history)
    return {
        "losses": [epoch.training_loss for epoch in outcome.history],
        "epochs": len(outcome.history),
        "best_epoch": best.epoch,
        "micro_f1": best.micro_f1,
        "validation_loss": best.validation_loss,
        "resumed_from": outcome.resumed_from,
        "reason": outcome.reason,
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    defaults = SentenceSettings()
    parser = parser_of("finetune.encoders.sentence_transformer", __doc__, epochs=defaults.epochs, seed=defaults.seed)
    parser.add_argument("products", type=Path, metavar="FILE", help="labelled products: CSV, JSON lines or Parquet")
    parser.add_argument("--base", default=E5, metavar="MODEL", help="by name or folder")
    parser.add_argument("--batch-size", type=int, default=defaults.batch_size, metavar="N")
    parser.add_argument("--learning-rate", type=float, default=defaults.learning_rate, metavar="X")
    parser.add_argument("--rank", type=int, default=defaults.rank, metavar="N", help="0 trains all weights")
    parser.add_argument(
        "--device", default=defaults.device, help="such as cpu or cuda:1; by default a GPU if there is one"
    )
    return run_program(parser, run, arguments)


if __name__ == "__main__":
    sys.exit(main())

"""Make the small bilingual T5 that ships, from nothing but the demo's catalogue.

python -m finetune.pretrain --out tagger/weights/t5-demo
"""

import argparse
import contextlib
import functools
import json
import logging
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import GenerationConfig, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
from transformers.utils import logging as transformers_logging

from finetune.data import Split, read_labelled, reordered, split_of
from finetune.examples import Batch
from finetune.model_card import card
from finetune.settings import PretrainSettings
from finetune.tokenizer import equal_shares, train_tokenizer
from finetune.training import Task, best_of, identity, train
from finetune.validation import cross_entropy, forward, validate
from index.errors import TagweaveError
from index.progress import Progress, silent
from tagger.demo.files import PRODUCTS, VOCABULARY
from tagger.pretrained import TRAINING
from tagger.prompt import PROMPT_VERSION, prompt, target
from tagger.vocabulary import read_tsv

# The embeddings start with a spread of 1, a model's other weights with less than a tenth of it: they learn as fast,
# for their size, at five times the rate (a coarse form of what Adafactor does, Shazeer and Stern 2018).
_RATES = {"shared.weight": 5.0}
_LANGUAGES = ("zh", "en")
# So much must the positions' evidence for a piece add up to until it is more likely there than not.
_EVIDENCE = 9.0


def pretrain(split: Split, settings: PretrainSettings, out: Path, work: Path, progress: Progress) -> dict[str, Any]:
    """Train tokenizer and model and write them to a folder; a call after a kill goes on where that stood.

    Returns what `training.json` says.
    """
    tokenizer = train_tokenizer(tokenizer_texts(split), pieces=settings.pieces)
    model = untrained(settings, tokenizer)
    task = Task(
        identity=identity("nothing", split, settings),
        model=model,
        tokenizer=tokenizer,
        split=split,
        loss=functools.partial(loss, smoothing=settings.label_smoothing, pieces=target_pieces(split, tokenizer)),
        augment=reordered,
        rates=_RATES,
    )
    history = train(task, settings, work, progress)
    about = {
        "prompt_version": PROMPT_VERSION,
        "settings": asdict(settings),
        "data": {"fingerprint": split.fingerprint(), **{name: len(part) for name, part in vars(split).items()}},
        "held_out": "never trained on: the lowest fifth by MD5 of title and description, first test, then validation",
        "parameters": model.num_parameters(),
        "seconds": round(sum(epoch.seconds for epoch in history)),
        "epochs": len(history),
        "best_epoch": best_of(history).epoch,
        # Measured with the weights as they ship.
        "figures": figures(model.half().float(), tokenizer, split, settings),
    }
    with replaced(out) as folder:
        tokenizer.save_pretrained(folder)
        model.half().save_pretrained(folder)
        (folder / TRAINING).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
        (folder / "README.md").write_text(card(about), "utf-8")
        shutil.copyfile(work / "curves.csv", folder / "curves.csv")
    return about


def tokenizer_texts(split: Split) -> list[str]:
    """Return what the tokenizer learns from: prompts of both languages in equal shares, and their tags."""
    by_language = [[prompt(each) for each in split.training if each.lang == lang] for lang in _LANGUAGES]
    return [*equal_shares(by_language), *(target(product.tags) for product in split.training)]


def untrained(settings: PretrainSettings, tokenizer: PreTrainedTokenizerFast) -> T5ForConditionalGeneration:
    """Make a T5 1.1 (gated GELU) with random weights."""
    torch.manual_seed(settings.seed)
    ends = {"pad_token_id": tokenizer.pad_token_id, "eos_token_id": tokenizer.eos_token_id}
    config = T5Config(
        vocab_size=len(tokenizer),
        d_model=settings.width,
        d_kv=settings.width // settings.heads,
        d_ff=settings.feed_forward,
        num_heads=settings.heads,
        num_layers=settings.encoder_layers,
        num_decoder_layers=settings.decoder_layers,
        dropout_rate=settings.dropout,
        feed_forward_proj="gated-gelu",
        decoder_start_token_id=tokenizer.pad_token_id,
        **ends,
    )
    model = T5ForConditionalGeneration(config)
    model.generation_config = GenerationConfig(
        decoder_start_token_id=tokenizer.pad_token_id, max_new_tokens=settings.max_target_tokens, **ends
    )
    return model


def target_pieces(split: Split, tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """Return the pieces that tags are written with, int64 (n,)."""
    lines = [target(product.tags) for product in split.training]
    return torch.tensor(sorted({piece for ids in tokenizer(lines)["input_ids"] for piece in ids}))


def loss(model: Any, batch: Batch, *, smoothing: float, pieces: torch.Tensor) -> torch.Tensor:
    """Return the decoder's loss plus that of `evidence_loss`.

    A decoder alone learns from so few products to write likely tags, and hardly to look at the text: in a trial of
    eight epochs micro-F1 was .08 without this and the embeddings' own rate, and .68 with both.
    """
    output = forward(model, batch)
    decoding = cross_entropy(output.logits, batch.labels, label_smoothing=smoothing)
    embeddings = model.get_input_embeddings().weight[pieces] * model.config.d_model**-0.5
    evidence = output.encoder_last_hidden_state @ embeddings.T
    present = (batch.labels[:, :, None] == pieces).any(1)
    return decoding + evidence_loss(evidence, batch.attention_mask, present)


def evidence_loss(evidence: torch.Tensor, mask: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """Return the loss of telling from the encoder which pieces a product's tags have, per piece that is there.

    Multiple-instance learning: `evidence` (n, positions, pieces) is each position's for each piece, and a piece is
    there if any position speaks for it; the log-sum-exp over positions is a soft maximum. `present` is (n, pieces).
    """
    summed = evidence.masked_fill(mask[:, :, None] == 0, -torch.inf).logsumexp(1) - _EVIDENCE
    wanted = present.to(summed.dtype)
    return functional.binary_cross_entropy_with_logits(summed, wanted, reduction="sum") / wanted.sum()


def figures(model: Any, tokenizer: Any, split: Split, settings: PretrainSettings) -> dict[str, float]:
    """Measure micro-F1 of greedy writing on products that neither training nor its end has seen, by language too."""
    groups = {
        "": split.test,
        **{f"_{lang}": [each for each in split.test if each.lang == lang] for lang in ("zh", "en")},
    }
    measured = {name: validate(model, tokenizer, products, settings) for name, products in groups.items() if products}
    return {f"test_micro_f1{name}": round(each.micro_f1, 4) for name, each in measured.items()}


@contextlib.contextmanager
def replaced(folder: Path) -> Iterator[Path]:
    """Fill a new folder, and put it in the place of the old one once it is whole."""
    building = folder.with_name(f".{folder.name}.part")
    shutil.rmtree(building, ignore_errors=True)
    building.mkdir(parents=True)
    yield building
    shutil.rmtree(folder, ignore_errors=True)
    building.replace(folder)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m finetune.pretrain", description=__doc__)
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="where a killed training goes on from")
    parser.add_argument("--products", type=Path, default=PRODUCTS, metavar="FILE")
    parser.add_argument("--vocabulary", type=Path, default=VOCABULARY, metavar="TSV")
    parser.add_argument("--epochs", type=int, default=PretrainSettings.epochs, metavar="N")
    parser.add_argument("--seed", type=int, default=PretrainSettings.seed, metavar="N")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), metavar="N")
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    torch.set_num_threads(options.threads)
    transformers_logging.disable_progress_bar()
    try:
        split = split_of(read_labelled(options.products), read_tsv(options.vocabulary))
        settings = PretrainSettings(epochs=options.epochs, seed=options.seed)
        work = options.work or options.out.with_name(f"{options.out.name}.training")
        print(json.dumps(pretrain(split, settings, options.out, work, silent)["figures"]))
        shutil.rmtree(work)
    except TagweaveError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())

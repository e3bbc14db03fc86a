"""Train the small bilingual T5 that ships, from scratch, on labelled products of many catalogues.

python -m finetune.pretraining.pretrain --out tagger/weights/t5-products --overwrite FILE...
"""

import argparse
import functools
import hashlib
import json
import logging
import random
import shutil
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from torch.nn import functional
from transformers import GenerationConfig, PreTrainedTokenizerFast, T5Config, T5ForConditionalGeneration
from transformers.utils import logging as transformers_logging

from finetune.pretraining.initialization import from_encoder, start
from finetune.pretraining.model_card import card
from finetune.pretraining.tokenizer import equal_shares, train_tokenizer
from finetune.program import log_progress, parser_of, run_program, training_folder
from finetune.seq2seq.augmentation import augment
from finetune.seq2seq.batching import IGNORED, Batch
from finetune.seq2seq.cases import Case
from finetune.seq2seq.dataset import Split, read_labelled, split_of
from finetune.seq2seq.settings import PretrainSettings
from finetune.seq2seq.task import generation_task
from finetune.seq2seq.validation import cross_entropy, forward, validate
from finetune.training.resumption import Identity, identify
from finetune.training.trainer import best_of, train
from index.atomic import replace_folder
from index.encoders.sentence_encoder import create
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.encoders.weights import E5, WeightsSettings, find
from index.errors import BadInput
from index.neighbours import Neighbours
from index.product import Product
from index.progress import Progress
from index.text.plain_characters import plain_characters
from index.vectors.flat_index import FlatIndex
from tagger.demo.paths import PRODUCTS, VOCABULARY
from tagger.generation.bases import TRAINING
from tagger.generation.prompt import NEIGHBOURS, PROMPT_VERSION, join_tags
from tagger.jobs.learning_curves import CURVES
from tagger.vocabulary import Vocabulary, read_tsv

log = logging.getLogger(__name__)

_LANGUAGES = ("zh", "en")
# The total evidence for a piece at which it is as likely present as absent.
_EVIDENCE = 9.0
# Lower and upper bound of a parameter's learning rate, as a multiple of the general one.
_RATES = 0.1, 10.0
# How many random pieces the evidence loss compares with, besides the pieces of the batch's own tags.
_OTHER_PIECES = 800
# The maximum number of test products of each catalogue that are measured.
_MEASURED = 100


def pretrain(
    sources: dict[str, Split],
    vocabulary: Vocabulary,
    settings: PretrainSettings,
    out: Path,
    work: Path,
    progress: Progress,
    encoder: Path,
) -> dict[str, Any]:
    """Train the tokenizer and the model and write them to `out`; a call after a kill resumes.

    `encoder` is the folder of the sentence encoder whose token vectors initialise the embeddings. Returns the contents
    of `training.json`.
    """
    split = together(list(sources.values()))
    tokenizer = train_tokenizer(tokenizer_texts(split.training), pieces=settings.pieces)
    model = new_model(settings, tokenizer)
    start(model, from_encoder(encoder, tokenizer, settings.width))
    task = generation_task(
        identify_base(split, settings),
        model,
        tokenizer,
        split,
        functools.partial(loss, smoothing=settings.label_smoothing, pieces=target_pieces(split, tokenizer)),
        lambda case, rng: augment(case, settings, vocabulary, rng),
        settings,
        rates(model),
    )
    history = train(task, work, progress).history
    about = {
        "prompt_version": PROMPT_VERSION,
        "settings": asdict(settings),
        "data": {
            "fingerprint": split.fingerprint(),
            "measured": _MEASURED,
            "sets": {name: {part: len(cases) for part, cases in vars(each).items()} for name, each in sources.items()},
        },
        "parameters": model.num_parameters(),
        "machine": _machine(model),
        "seconds": round(sum(epoch.seconds for epoch in history)),
        "epochs": len(history),
        "best_epoch": best_of(history).epoch,
        # Measured with the weights as they ship, in float16.
        "figures": figures(model.half().float(), tokenizer, sources, settings),
    }
    with replace_folder(out) as folder:
        tokenizer.save_pretrained(folder)
        model.half().save_pretrained(folder)
        (folder / TRAINING).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", "utf-8")
        (folder / "README.md").write_text(card(about), "utf-8")
        shutil.copyfile(work / CURVES, folder / CURVES)
    return about


def identify_base(split: Split, settings: PretrainSettings) -> Identity:
    """Identify the training of a base; the tokenizer is made from the products, so no weights fit other products."""
    products = split.fingerprint()
    return identify(settings, (), products, {"prompt_version": PROMPT_VERSION, "products": products})


def _machine(model: Any) -> str:
    if model.device.type == "cuda":
        return str(torch.cuda.get_device_name())
    threads = torch.get_num_threads()
    return "one core" if threads == 1 else f"{threads} cores"


def together(splits: Sequence[Split]) -> Split:
    """Join the splits of several catalogues."""
    return Split(*(tuple(case for split in splits for case in vars(split)[part]) for part in vars(splits[0])))


def tokenizer_texts(cases: Sequence[Case]) -> list[str]:
    """Return the tokenizer's training texts: prompts of both languages in equal shares, and the answers."""
    by_language = [[case.prompt() for case in cases if case.product.lang == lang] for lang in _LANGUAGES]
    return [*equal_shares(by_language), *(case.answer() for case in cases)]


def new_model(settings: PretrainSettings, tokenizer: PreTrainedTokenizerFast) -> T5ForConditionalGeneration:
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


def rates(model: T5ForConditionalGeneration) -> dict[str, float]:
    """Return the multiple of the learning rate for each matrix, in proportion to the matrix's initial size.

    T5's matrices start with sizes from .008 to 1, which suits an optimizer with relative steps (Adafactor, Shazeer and
    Stern 2018, section 8). With one rate for all, ten times the training did not learn to weigh the neighbours' votes.
    """
    usual = model.config.d_model**-0.5
    sizes = {name: parameter.detach().square().mean().sqrt().item() for name, parameter in model.named_parameters()}
    matrices = {name: size for name, size in sizes.items() if model.get_parameter(name).ndim > 1}
    low, high = _RATES
    return {name: min(high, max(low, size / usual)) for name, size in matrices.items()}


def target_pieces(split: Split, tokenizer: PreTrainedTokenizerFast) -> torch.Tensor:
    """Return the pieces that occur in the training products' tags, int64 (n,)."""
    lines = [join_tags(case.product.tags) for case in split.training]
    return torch.tensor(sorted({piece for ids in tokenizer(lines)["input_ids"] for piece in ids}))


def loss(model: Any, batch: Batch, *, smoothing: float, pieces: torch.Tensor) -> torch.Tensor:
    """Return the decoder's loss plus `evidence_loss` and `decision_loss`.

    On so few products, a decoder alone learns to write likely tags and hardly looks at the text: in a trial of eight
    epochs on the demo shop, micro-F1 was .08 without the evidence loss and the embeddings' own learning rate, and .68
    with both.
    """
    output = forward(model, batch)
    decoding = cross_entropy(output.logits, batch.labels, label_smoothing=smoothing)
    asked = _sample_pieces(batch.names, pieces)
    embeddings = model.get_input_embeddings().weight * model.config.d_model**-0.5
    states = output.encoder_last_hidden_state
    present = (batch.names[:, :, None] == asked).any(1)
    evidence = evidence_loss(states @ embeddings[asked].T, batch.attention_mask, present)
    return decoding + evidence + decision_loss(states @ embeddings[model.config.eos_token_id], batch.decided)


def decision_loss(speaking_for: torch.Tensor, decided: torch.Tensor) -> torch.Tensor:
    """Return the loss of predicting, at the letter of each neighbour tag, whether the product has that tag.

    This puts the answer into the encoder states that the decoder attends to. Both arguments are (n, positions).
    """
    asked = decided != IGNORED
    if not asked.any():
        return speaking_for.new_zeros(())
    return functional.binary_cross_entropy_with_logits(speaking_for[asked].float(), decided[asked].float())


def _sample_pieces(names: torch.Tensor, pieces: torch.Tensor) -> torch.Tensor:
    """Return the pieces of the batch's tags and some others, drawn at random."""
    others = pieces[torch.randperm(len(pieces))[:_OTHER_PIECES]].to(names.device)
    return torch.unique(torch.cat([names[names >= 0], others]))  # type: ignore[no-any-return]


def evidence_loss(evidence: torch.Tensor, mask: torch.Tensor, present: torch.Tensor) -> torch.Tensor:
    """Return the loss of predicting the pieces of a product's tags from the encoder, per piece that is present.

    Multiple-instance learning: `evidence` (n, positions, pieces) is the evidence of each position for each piece. A
    piece is present if any position has evidence for it; the log-sum-exp over positions is a soft maximum. `present` is
    (n, pieces).
    """
    evidence = evidence.float()
    summed = evidence.masked_fill(mask[:, :, None] == 0, -torch.inf).logsumexp(1) - _EVIDENCE
    wanted = present.to(summed.dtype)
    return functional.binary_cross_entropy_with_logits(summed, wanted, reduction="sum") / wanted.sum()


def figures(model: Any, tokenizer: Any, sources: dict[str, Split], settings: PretrainSettings) -> dict[str, float]:
    """Measure micro-F1 of greedy decoding on each catalogue's test products."""
    measured = {}
    for name, split in sources.items():
        products = split.test[:_MEASURED]
        if products:
            measured[name] = round(validate(model, tokenizer, products, settings).micro_f1, 4)
    return measured


def sample_products(path: Path, most: int, seed: int) -> list[Product]:
    """Read a catalogue, drop the products that benchmarks use, and draw at most `most` of the rest.

    Benchmarks measure on the lowest tenth by the MD5 of title and description, and tune on the next.
    """
    products = sorted(read_labelled(path), key=_digest)
    kept = products[len(products) // 5 :]
    random.Random(seed).shuffle(kept)  # noqa: S311 - not for cryptography
    chosen = kept[:most]
    log.info("%s: %d of %d products", path.name, len(chosen), len(products))
    return chosen


def source(products: Sequence[Product], vocabulary: Vocabulary, encoder: CachedEncoder) -> Split:
    """Divide the products, and find the neighbours of each."""
    encoder.warm([product.text for product in products], log_progress())
    return split_of(products, vocabulary, Neighbours(encoder, FlatIndex, NEIGHBOURS))


def _name(path: Path) -> str:
    return "demo" if path == PRODUCTS else path.name.partition(".")[0]


def refuse_namesakes(paths: Sequence[Path]) -> None:
    """Raise `BadInput` if two catalogues have one name: the second would replace the first."""
    named: dict[str, Path] = {_name(PRODUCTS): PRODUCTS}
    for path in paths:
        if (other := named.setdefault(_name(path), path)) != path:
            raise BadInput("finetune.same-name", path=path, other=other)


def _digest(product: Product) -> str:
    texts = f"{plain_characters(product.title)}{plain_characters(product.description)}"
    return hashlib.md5(texts.encode(), usedforsecurity=False).hexdigest()


def run(options: argparse.Namespace, work: Path) -> Mapping[str, Any]:
    """Train the base that the options describe; return its figures."""
    torch.set_num_threads(options.threads)
    transformers_logging.disable_progress_bar()
    refuse_namesakes(options.files)
    weights = WeightsSettings(work / "weights")
    encoder = CachedEncoder(create(weights), VectorCache(work / "vectors"))
    vocabulary = read_tsv(VOCABULARY)
    # Read all files before embedding any, so that an unreadable file is reported at once.
    chosen = {path: sample_products(path, options.most, options.seed) for path in (PRODUCTS, *options.files)}
    sources = {
        _name(path): source(products, vocabulary if path == PRODUCTS else Vocabulary(), encoder)
        for path, products in chosen.items()
    }
    settings = PretrainSettings(epochs=options.epochs, seed=options.seed)
    folder = find(E5, weights).folder
    about = pretrain(sources, vocabulary, settings, options.out, training_folder(work), log_progress(), folder)
    figures: Mapping[str, float] = about["figures"]
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Run from the command line; return the exit status."""
    parser = parser_of(
        "finetune.pretraining.pretrain", __doc__, epochs=PretrainSettings.epochs, seed=PretrainSettings.seed
    )
    parser.add_argument("files", type=Path, nargs="*", metavar="FILE", help="more catalogues, besides the demo's")
    parser.add_argument("--most", type=int, default=5000, metavar="N", help="use at most N products of each catalogue")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads(), metavar="N")
    return run_program(parser, run, arguments)


if __name__ == "__main__":
    sys.exit(main())

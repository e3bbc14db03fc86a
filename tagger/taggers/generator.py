"""Let a T5 write the tags; the only tagger that knows torch, transformers and peft."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.errors import BadSetting
from index.product import Product
from index.weights import Weights
from tagger.plugin import Resources
from tagger.pretrained import READING, base_name, check_adapter, find_base, reading, wrapping
from tagger.prompt import parse, prompt
from tagger.split import held_out
from tagger.suggestion import Ranking, ranked
from tagger.vocabulary import Vocabulary


class Written(NamedTuple):
    """One sequence that the model wrote: its tags, and the mean log-probability of its tokens."""

    tags: list[str]
    score: float


@dataclass(frozen=True)
class Writing:
    """How the model writes; a beam search keeps the `beams` best sequences, and all of them are read."""

    beams: int
    max_input_tokens: int
    max_new_tokens: int
    batch_size: int
    device: str


class GeneratorTagger:
    """Scores a tag by the probability mass of the sequences that have it, among those a beam search ends with.

    The model is loaded on first use; safe to call from several threads.
    """

    def __init__(self, base: Weights, adapter: Path | None, vocabulary: Vocabulary, writing: Writing) -> None:
        self._base = base
        self._adapter = adapter
        self._vocabulary = vocabulary
        self._writing = writing
        self._lock = threading.Lock()
        self._loaded: tuple[Any, Any] | None = None

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that the model writes, those of its surest sequences first.

        Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` for an
        adapter that is not there.
        """
        model, tokenizer = self._model() if products else (None, None)
        # Products of like length together: little padding.
        order = sorted(range(len(products)), key=lambda place: len(products[place].text))
        rankings: list[Ranking] = [[] for _ in products]
        for start in range(0, len(order), self._writing.batch_size):
            places = order[start : start + self._writing.batch_size]
            found = written(model, tokenizer, [prompt(products[place]) for place in places], self._writing)
            for place, sequences in zip(places, found, strict=True):
                rankings[place] = ranked(masses(sequences, self._vocabulary.canonical), limit)
        return rankings

    def unseen(self, product: Product) -> bool:
        """Tell whether the product was kept out of the training of base and adapter."""
        return held_out(product)

    def _model(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._base, self._adapter, self._writing.device)
            return self._loaded


def masses(sequences: Sequence[Written], canonical: Callable[[str], str]) -> dict[str, float]:
    """Return for each tag the share of the probability that is on sequences with it, 0 to 1."""
    if not sequences:
        return {}
    scores = np.array([sequence.score for sequence in sequences])
    shares = np.exp(scores - scores.max())
    found: dict[str, float] = {}
    for sequence, share in zip(sequences, shares / shares.sum(), strict=True):
        for tag in set(map(canonical, sequence.tags)):
            found[tag] = found.get(tag, 0.0) + float(share)
    return found


def written(model: Any, tokenizer: Any, prompts: Sequence[str], writing: Writing) -> list[list[Written]]:
    """Return the sequences that a beam search ends with, for each prompt."""
    import torch

    longest = writing.max_input_tokens
    batch = tokenizer(list(prompts), padding=True, truncation=True, max_length=longest, return_tensors="pt")
    batch = batch.to(model.device)
    mask = batch["attention_mask"]
    with torch.inference_mode():
        encoded = model.get_encoder()(input_ids=batch["input_ids"], attention_mask=mask)
        # `generate` repeats the states for its beams within that very object.
        states = encoded.last_hidden_state
        ids = model.generate(
            encoder_outputs=encoded,
            attention_mask=mask,
            max_new_tokens=writing.max_new_tokens,
            num_beams=writing.beams,
            num_return_sequences=writing.beams,
            do_sample=False,
        )
        by_prompt = zip(states, mask, ids.split(writing.beams), strict=True)
        return [_read(model, tokenizer, *one) for one in by_prompt]


def _read(model: Any, tokenizer: Any, encoded: Any, mask: Any, ids: Any) -> list[Written]:
    """Read the sequences of one prompt; of one that did not come to its end, the last tag is cut short and left out."""
    is_end = ids[:, 1:] == tokenizer.eos_token_id
    counted = is_end.cumsum(1) - is_end.long() == 0
    scores = _log_probabilities(model, encoded, mask, ids).masked_fill(~counted, 0).sum(1) / counted.sum(1)
    texts = tokenizer.batch_decode(ids, skip_special_tokens=True)
    rows = zip(texts, is_end.any(1).tolist(), scores.tolist(), strict=True)
    return [Written(parse(text)[: None if ended else -1], score) for text, ended, score in rows]


def _log_probabilities(model: Any, encoded: Any, mask: Any, ids: Any) -> Any:
    """Return the log-probability of every token of one prompt's sequences, (n, length - 1).

    `generate` could say so too, but would keep each step's scores over all pieces: gigabytes with mT5's 250,000.
    """
    repeated = (encoded.expand(len(ids), -1, -1),)
    logits = model(
        encoder_outputs=repeated, attention_mask=mask.expand(len(ids), -1), decoder_input_ids=ids[:, :-1]
    ).logits
    return logits.float().log_softmax(-1).gather(2, ids[:, 1:, None]).squeeze(2)


def _load(base: Weights, adapter: Path | None, device: str) -> tuple[Any, Any]:
    import torch
    from transformers import AutoModelForSeq2SeqLM, AutoTokenizer
    from transformers.utils import logging

    # Its bar for each tensor would stand between our own lines.
    logging.disable_progress_bar()
    folder = str(base.folder)
    with reading(f"base {base.name}", base.folder):
        tokenizer = AutoTokenizer.from_pretrained(folder, **READING)
        model = AutoModelForSeq2SeqLM.from_pretrained(folder, **READING, use_safetensors=True, dtype=torch.float32)
    if adapter is not None:
        check_adapter(adapter, base)
        model = _merged(model, adapter)
    return model.to(device or ("cuda" if torch.cuda.is_available() else "cpu")).eval(), tokenizer


def _merged(model: Any, adapter: Path) -> Any:
    from peft import PeftModel

    with reading("adapter", adapter), wrapping():
        return PeftModel.from_pretrained(model, str(adapter)).merge_and_unload()


def create(
    resources: Resources,
    *,
    model: str = "",
    beams: int = 4,
    max_input_tokens: int = 256,
    max_new_tokens: int = 96,
    batch_size: int = 16,
    device: str = "",
) -> GeneratorTagger:
    """Make the tagger for the plugin door.

    `model` is a folder or a hub id; empty, it is the base that the store's adapter was trained on, or the one that
    ships where there is no adapter. An empty `device` is a GPU where there is one.
    """
    if beams < 2:
        raise BadSetting("beams must be at least 2: a tag's score is its share of the sequences")
    if min(max_input_tokens, max_new_tokens) < 8 or batch_size < 1:
        raise BadSetting("max_input_tokens and max_new_tokens must be at least 8, and batch_size at least 1")
    base = find_base(model or base_name(resources.adapter), resources.weights)
    writing = Writing(beams, max_input_tokens, max_new_tokens, batch_size, device)
    return GeneratorTagger(base, resources.adapter, resources.vocabulary, writing)

"""Let a T5 write the tags; the only tagger that knows torch, transformers and peft."""

import math
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.errors import BadSetting
from index.product import Product
from index.weights import Weights
from tagger.plugin import Resources
from tagger.pretrained import READING, base_name, check_adapter, find_base, reading, wrapping
from tagger.prompt import SEPARATOR, parse, prompt
from tagger.split import held_out
from tagger.suggestion import Ranking, ranked
from tagger.vocabulary import Vocabulary


class Written(NamedTuple):
    """One sequence that the model wrote.

    `chances` has its tags, each with the probability of its tokens after all that stands before it; `score` is the
    mean log-probability of all tokens.
    """

    chances: Mapping[str, float]
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
    """Scores a tag by its probability in the sequences that a beam search ends with (`expected`).

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
                rankings[place] = ranked(expected(sequences, self._vocabulary.canonical), limit)
        return rankings

    def unseen(self, product: Product) -> bool:
        """Tell whether the product was kept out of the training of base and adapter."""
        return held_out(product)

    def _model(self) -> tuple[Any, Any]:
        with self._lock:
            if self._loaded is None:
                self._loaded = _load(self._base, self._adapter, self._writing.device)
            return self._loaded


def expected(sequences: Sequence[Written], canonical: Callable[[str], str]) -> dict[str, float]:
    """Return for each tag its mean chance over the sequences, 0 to 1, each as important as it is probable.

    On the demo's test products the probability of the sequences alone gives an nDCG@10 of .746 and a micro-F1 of .699
    (four beams say little more than yes or no), with the chances of the tags it is .787 and .709.
    """
    if not sequences:
        return {}
    scores = np.array([sequence.score for sequence in sequences])
    shares = np.exp(scores - scores.max())
    found: dict[str, float] = {}
    for sequence, share in zip(sequences, shares / shares.sum(), strict=True):
        for tag, chance in _canonical(sequence.chances, canonical).items():
            found[tag] = found.get(tag, 0.0) + float(share) * chance
    return found


def _canonical(chances: Mapping[str, float], canonical: Callable[[str], str]) -> dict[str, float]:
    """Give tags their names; of two names of one tag in a sequence, the surer one counts."""
    named: dict[str, float] = {}
    for tag, chance in chances.items():
        named[canonical(tag)] = max(chance, named.get(canonical(tag), 0.0))
    return named


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
    """Read the sequences of one prompt, without the token that every sequence starts with."""
    chances = _log_probabilities(model, encoded, mask, ids).tolist()
    return [_sequence(tokenizer, *pair) for pair in zip(ids[:, 1:].tolist(), chances, strict=True)]


def _sequence(tokenizer: Any, ids: list[int], chances: list[float]) -> Written:
    """Read one sequence; the last tag of one that did not come to its end is cut short and left out."""
    ended = tokenizer.eos_token_id in ids
    length = ids.index(tokenizer.eos_token_id) + 1 if ended else len(ids)
    separators = [
        place for place, piece in enumerate(tokenizer.convert_ids_to_tokens(ids[:length])) if SEPARATOR in piece
    ]
    ends = [*separators, *([length - 1] if ended else [])]
    found: dict[str, float] = {}
    for start, end in zip([0, *(place + 1 for place in ends)], ends, strict=False):
        for tag in parse(tokenizer.decode(ids[start:end], skip_special_tokens=True)):
            found.setdefault(tag, math.exp(sum(chances[start:end])))
    return Written(found, sum(chances[:length]) / length)


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

"""Let a T5 write the tags; the only tagger that knows torch, transformers and peft."""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from index.errors import BadSetting
from index.product import Product
from index.weights import Weights
from tagger.plugin import Resources
from tagger.pretrained import READING, base_of_adapter, check_adapter, find_base, reading
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
    scores = np.array([sequence.score for sequence in sequences])
    shares = np.exp(scores - scores.max(initial=-np.inf)) if len(scores) else scores
    found: dict[str, float] = {}
    for sequence, share in zip(sequences, shares / shares.sum(), strict=True):
        for tag in set(map(canonical, sequence.tags)):
            found[tag] = found.get(tag, 0.0) + float(share)
    return found


def written(model: Any, tokenizer: Any, prompts: Sequence[str], writing: Writing) -> list[list[Written]]:
    """Return the sequences that a beam search ends with, for each prompt, the likeliest first."""
    import torch

    longest = writing.max_input_tokens
    batch = tokenizer(list(prompts), padding=True, truncation=True, max_length=longest, return_tensors="pt")
    with torch.inference_mode():
        found = model.generate(
            input_ids=batch["input_ids"].to(model.device),
            attention_mask=batch["attention_mask"].to(model.device),
            max_new_tokens=writing.max_new_tokens,
            num_beams=writing.beams,
            num_return_sequences=writing.beams,
            do_sample=False,
            return_dict_in_generate=True,
            output_scores=True,
        )
    return []

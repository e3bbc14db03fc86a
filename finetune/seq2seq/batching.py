"""Turn products into training batches for a sequence-to-sequence model."""

import random
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch

from finetune.seq2seq.cases import Case
from finetune.seq2seq.settings import TrainingSettings
from index.batching import batched
from tagger.generation.prompt import SLOTS, join_tags

# The label that the loss ignores (torch's default).
IGNORED = -100
# Batches are cut from runs of this many batches' worth of examples, sorted by length: little padding, yet random.
_RUN = 24
_LETTERS = SLOTS, SLOTS.lower()


class Example(NamedTuple):
    """A case as token ids: its prompt, its target text, and the names of its tags.

    `decided` says, at each letter of a neighbour's tag in the prompt, whether the product has that tag (1 or 0); all
    other positions are `IGNORED`.
    """

    source: list[int]
    target: list[int]
    names: list[int]
    decided: list[int]


class Batch(NamedTuple):
    """Examples padded to one length, int64 (n, longest)."""

    input_ids: torch.Tensor
    attention_mask: torch.Tensor
    labels: torch.Tensor
    names: torch.Tensor
    decided: torch.Tensor


def encode(cases: Sequence[Case], tokenizer: Any, settings: TrainingSettings, window: int = 0) -> list[Example]:
    """Encode each case's prompt and tags as token ids, truncated to the maximum lengths.

    `window` selects a window of a long description, cyclically.
    """
    sources = _ids([case.prompt(window) for case in cases], tokenizer, settings.max_input_tokens)
    targets = _ids([case.answer() for case in cases], tokenizer, settings.max_target_tokens)
    names = _ids([join_tags(case.product.tags) for case in cases], tokenizer, settings.max_target_tokens)
    capitals, small = ([ids[0] for ids in _ids([f" {each}" for each in some], tokenizer, 8)] for some in _LETTERS)
    decided = [
        _mark_letters(*pair, list(zip(capitals, small, strict=True))) for pair in zip(sources, targets, strict=True)
    ]
    return [Example(*each) for each in zip(sources, targets, names, decided, strict=True)]


def _mark_letters(source: Sequence[int], target: Sequence[int], letters: Sequence[tuple[int, int]]) -> list[int]:
    """Mark the positions of the letters that the target begins with: they are in order, before the product's text."""
    marks = [IGNORED] * len(source)
    place = 0
    for said, (capital, small) in zip(target, letters, strict=False):
        if said not in (capital, small) or capital not in source[place:]:
            break
        place = source.index(capital, place) + 1
        marks[place - 1] = int(said == capital)
    return marks


def _ids(texts: list[str], tokenizer: Any, longest: int) -> list[list[int]]:
    ids: list[list[int]] = tokenizer(texts, truncation=True, max_length=longest)["input_ids"] if texts else []
    return ids


def batches(examples: Sequence[Example], size: int, rng: random.Random) -> list[list[Example]]:
    """Cut examples into batches of similar length, in random order."""
    shuffled = rng.sample(examples, len(examples))
    runs = batched(shuffled, size * _RUN)
    cut = [batch for run in runs for batch in batched(sorted(run, key=lambda each: len(each.source)), size)]
    rng.shuffle(cut)
    return cut


def collate(examples: Sequence[Example], padding: int, device: torch.device) -> Batch:
    """Pad examples into tensors."""
    sources = [each.source for each in examples]
    ones = [[1] * len(source) for source in sources]
    targets = [each.target for each in examples]
    names = [each.names for each in examples]
    decided = [each.decided for each in examples]
    rows = ((sources, padding), (ones, 0), (targets, IGNORED), (names, IGNORED), (decided, IGNORED))
    return Batch(*(_pad(ids, filler).to(device) for ids, filler in rows))


def _pad(rows: Sequence[Sequence[int]], filler: int) -> torch.Tensor:
    longest = max(map(len, rows))
    return torch.tensor([[*row, *[filler] * (longest - len(row))] for row in rows], dtype=torch.int64)

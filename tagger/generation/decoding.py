"""Decoding settings, the engines' interface, and the conversion of generated tokens into scored tags."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, takewhile
from statistics import fmean
from typing import NamedTuple, Protocol

import numpy as np
from tokenizers import Tokenizer

from tagger.generation.prompt import SEPARATOR, SLOTS, Vote, parse


@dataclass(frozen=True)
class Decoding:
    """Decoding settings.

    Beam search keeps the `beams` best sequences; tags are read from all of them. With a `diversity` above 0, decoding
    is greedy, followed by at most `beams` - 1 sequences that start with a different tag after the letters; the first
    piece of that tag must have a probability of at least (1 - diversity) / 10.
    """

    beams: int = 1
    max_input_tokens: int = 320
    max_new_tokens: int = 96
    batch_size: int = 16
    diversity: float = 0.0

    @property
    def least_probable(self) -> float:
        """The minimum probability of the first piece of an alternative tag."""
        return (1 - self.diversity) / 10


class Written(NamedTuple):
    """One generated sequence.

    `letters` maps a neighbour tag's letter to the probability that the product has that tag. `tags` maps all other tags
    to the geometric mean of their tokens' conditional probabilities; the plain product would rank long tags lower than
    short ones. `score` is the mean log-probability of all tokens.
    """

    letters: Mapping[str, float]
    tags: Mapping[str, float]
    score: float


class Writer(Protocol):
    """A loaded model that generates text. Thread-safe."""

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the generated sequences for each prompt, in prompt order, the most probable first."""

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        """Score each line as if the model had written it for its prompt."""


class Pieces:
    """A model's tokenizer, which truncates texts to `longest` pieces; `end` is the id of the end token."""

    def __init__(self, tokenizer: Tokenizer, end: int, longest: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        self.end = end
        [ids] = self.ids([f" {SLOTS[0]}{SEPARATOR}"])
        self.separator = next(id for id, name in zip(ids, self.names(ids), strict=True) if SEPARATOR in name)

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the piece ids of each text, including the end token."""
        return [encoded.ids for encoded in self._tokenizer.encode_batch_fast(list(texts))]

    def id(self, piece: str) -> int:
        """Return the id of a piece, or -1 if the tokenizer does not know it: a model may have more pieces."""
        found = self._tokenizer.token_to_id(piece)
        return -1 if found is None else int(found)

    def names(self, ids: Sequence[int]) -> list[str]:
        """Return the pieces with these ids."""
        return [self._tokenizer.id_to_token(id) or "" for id in ids]

    def letters(self, ids: Sequence[int]) -> list[str]:
        """Return the letters for neighbours' tags at the start of a sequence, in their case."""
        said = (self.text([id]).strip() for id in ids)
        return list(takewhile(lambda letter: letter and letter.upper() in SLOTS, said))

    def cuts(self, ids: Sequence[int]) -> list[int]:
        """Return the indices of the separators in a sequence."""
        return [place for place, piece in enumerate(self.names(ids)) if SEPARATOR in piece]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of these ids, without special tokens."""
        return str(self._tokenizer.decode([id for id in ids if id >= 0], skip_special_tokens=True))


def read(pieces: Pieces, ids: Sequence[int], chances: Sequence[float]) -> Written:
    """Read one sequence with the log-probabilities of its tokens, up to the first repeated tag.

    If the sequence has no end token, its last tag may be incomplete and is left out.
    """
    ids = ids[: repetition_start(ids, pieces)]
    ended = pieces.end in ids
    length = ids.index(pieces.end) + 1 if ended else len(ids)
    cuts = pieces.cuts(ids[:length])
    found: dict[str, float] = {}
    for start, end in pairwise([*cuts, *([length - 1] if ended else [])]):
        for tag in parse(f"{SEPARATOR}{pieces.text(ids[start + 1 : end])}"):
            found.setdefault(tag, math.exp(fmean(chances[start + 1 : end])))
    return Written(_letters(pieces.letters(ids), chances), found, sum(chances[:length]) / max(1, length))


def repetition_start(ids: Sequence[int], pieces: Pieces) -> int | None:
    """Return the number of tokens up to and including the separator before a repeated tag, or None.

    A small model may otherwise repeat tags up to the maximum length.
    """
    seen = set()
    for start, end in pairwise(pieces.cuts(ids)):
        tag = tuple(ids[start + 1 : end])
        if tag in seen:
            return start + 1
        seen.add(tag)
    return None


def _letters(letters: Sequence[str], chances: Sequence[float]) -> dict[str, float]:
    """Return the probability of each neighbour tag by its letter: a capital means yes, a small letter no."""
    found: dict[str, float] = {}
    for letter, chance in zip(letters, chances, strict=False):
        found.setdefault(letter.upper(), math.exp(chance) if letter.isupper() else -math.expm1(chance))
    return found


def expected_scores(
    sequences: Sequence[Written], voted: Sequence[Vote], canonical: Callable[[str], str]
) -> dict[str, float]:
    """Return each tag's mean probability over the sequences, 0 to 1, weighted by the softmax of their scores."""
    if not sequences:
        return {}
    scores = np.array([sequence.score for sequence in sequences])
    shares = np.exp(scores - scores.max())
    found: dict[str, float] = {}
    for sequence, share in zip(sequences, shares / shares.sum(), strict=True):
        for tag, chance in _name_tags(sequence, voted, canonical).items():
            found[tag] = found.get(tag, 0.0) + float(share) * chance
    return found


def _name_tags(sequence: Written, voted: Sequence[Vote], canonical: Callable[[str], str]) -> dict[str, float]:
    """Return a sequence's tags under canonical names, with the higher probability if two names mean one tag."""
    slots = zip(SLOTS, voted, strict=False)
    by_letter = [(vote.tag, sequence.letters[slot]) for slot, vote in slots if slot in sequence.letters]
    named: dict[str, float] = {}
    for tag, chance in (*by_letter, *sequence.tags.items()):
        named[canonical(tag)] = max(chance, named.get(canonical(tag), 0.0))
    return named

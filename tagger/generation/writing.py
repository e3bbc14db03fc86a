"""What an engine is asked to write, and how its tokens are read as tags."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import numpy as np
from tokenizers import Tokenizer

from tagger.prompt import SEPARATOR, parse


@dataclass(frozen=True)
class Decoding:
    """How a model writes.

    A beam search keeps the `beams` best sequences, and all of them are read. With a `diversity` above 0 each sequence
    begins with another piece instead, and goes on with the most probable one each time: as many sequences at most, of
    pieces that have a probability of at least (1 - diversity) / 10.
    """

    beams: int = 4
    max_input_tokens: int = 320
    max_new_tokens: int = 96
    batch_size: int = 16
    diversity: float = 0.0

    @property
    def least_probable(self) -> float:
        """Return the least probability of a piece that a diverse sequence begins with."""
        return (1 - self.diversity) / 10


class Written(NamedTuple):
    """One sequence that the model wrote.

    `chances` has its tags, each with the probability of its tokens after all that stands before it; `score` is the
    mean log-probability of all tokens.
    """

    chances: Mapping[str, float]
    score: float


class Writer(Protocol):
    """A loaded model that writes; safe to call from several threads."""

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the sequences that are written for each prompt, in the order given."""

    def score(self, prompts: Sequence[str], tags: Sequence[str]) -> list[float]:
        """Return how probable the tag is as the first one for its prompt: the geometric mean over its pieces."""


class Pieces:
    """A model's tokenizer, which cuts texts off at a length."""

    def __init__(self, tokenizer: Tokenizer, end: int, longest: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        self.end = end

    def ids(self, texts: Sequence[str]) -> list[list[int]]:
        """Return each text as the numbers of its pieces, the mark of its end among them."""
        return [encoded.ids for encoded in self._tokenizer.encode_batch_fast(list(texts))]

    def id(self, piece: str) -> int:
        """Return the number of a piece; of one that the tokenizer does not know (a model may), a number of no text."""
        found = self._tokenizer.token_to_id(piece)
        return -1 if found is None else int(found)

    def names(self, ids: Sequence[int]) -> list[str]:
        """Return the pieces of these numbers."""
        return [self._tokenizer.id_to_token(id) or "" for id in ids]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of these numbers, without marks."""
        return str(self._tokenizer.decode([id for id in ids if id >= 0], skip_special_tokens=True))


def read(pieces: Pieces, ids: Sequence[int], chances: Sequence[float]) -> Written:
    """Read one sequence and the log-probabilities of its tokens.

    The last tag of a sequence that did not come to its end is cut short and left out.
    """
    ended = pieces.end in ids
    length = ids.index(pieces.end) + 1 if ended else len(ids)
    separators = [place for place, piece in enumerate(pieces.names(ids[:length])) if SEPARATOR in piece]
    ends = [*separators, *([length - 1] if ended else [])]
    found: dict[str, float] = {}
    for start, end in zip([0, *(place + 1 for place in ends)], ends, strict=False):
        for tag in parse(pieces.text(ids[start:end])):
            found.setdefault(tag, math.exp(sum(chances[start:end])))
    return Written(found, sum(chances[:length]) / length)


def expected(sequences: Sequence[Written], canonical: Callable[[str], str]) -> dict[str, float]:
    """Return for each tag its mean chance over the sequences, 0 to 1, each as important as it is probable.

    On the demo's validation products, four beams: nDCG@10 is .748 and micro-F1 .700 by the probability of the
    sequences alone (they say little more than yes or no), and .785 and .706 with the chances of the tags.
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

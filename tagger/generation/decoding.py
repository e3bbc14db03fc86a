"""What an engine is asked to write, and how its tokens are read as tags."""

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
    """How a model writes.

    A beam search keeps the `beams` best sequences, and all of them are read. With a `diversity` above 0 the most
    probable one is written, and then others that begin another tag after the letters: one less than `beams` at most, of
    pieces that have a probability of at least (1 - diversity) / 10 there.
    """

    beams: int = 1
    max_input_tokens: int = 320
    max_new_tokens: int = 96
    batch_size: int = 16
    diversity: float = 0.0

    @property
    def least_probable(self) -> float:
        """Return the least probability of the first piece of a diverse tag."""
        return (1 - self.diversity) / 10


class Written(NamedTuple):
    """One sequence that the model wrote.

    `letters` has the probability that the product has the neighbours' tag under a letter; `tags` the others, each with
    the geometric mean of its tokens' probabilities after all that stands before them: their product would put a long
    tag behind a short one. `score` is the mean log-probability of all tokens.
    """

    letters: Mapping[str, float]
    tags: Mapping[str, float]
    score: float


class Writer(Protocol):
    """A loaded model that writes; safe to call from several threads."""

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the sequences that are written for each prompt, in the order given, the most probable first."""

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        """Return each line as if it had been written for its prompt."""


class Pieces:
    """A model's tokenizer, which cuts texts off at a length."""

    def __init__(self, tokenizer: Tokenizer, end: int, longest: int) -> None:
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(longest)
        self.end = end
        [ids] = self.ids([f" {SLOTS[0]}{SEPARATOR}"])
        self.separator = next(id for id, name in zip(ids, self.names(ids), strict=True) if SEPARATOR in name)

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

    def letters(self, ids: Sequence[int]) -> list[str]:
        """Return the letters of neighbours' tags that a sequence begins with, large and small."""
        said = (self.text([id]).strip() for id in ids)
        return list(takewhile(lambda letter: letter and letter.upper() in SLOTS, said))

    def cuts(self, ids: Sequence[int]) -> list[int]:
        """Return the places of the separators in a sequence."""
        return [place for place, piece in enumerate(self.names(ids)) if SEPARATOR in piece]

    def text(self, ids: Sequence[int]) -> str:
        """Return the text of these numbers, without marks."""
        return str(self._tokenizer.decode([id for id in ids if id >= 0], skip_special_tokens=True))


def read(pieces: Pieces, ids: Sequence[int], chances: Sequence[float]) -> Written:
    """Read one sequence and the log-probabilities of its tokens, up to where a tag comes a second time.

    The last tag of a sequence that did not come to its end is cut short and left out.
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
    """Return how many tokens stand before a second writing of one tag, a separator last; None where there is none.

    A small model that has no more to say may repeat itself up to the length that is allowed.
    """
    seen = set()
    for start, end in pairwise(pieces.cuts(ids)):
        tag = tuple(ids[start + 1 : end])
        if tag in seen:
            return start + 1
        seen.add(tag)
    return None


def _letters(letters: Sequence[str], chances: Sequence[float]) -> dict[str, float]:
    """Read which of the neighbours' tags the product has: a capital letter says so, a small one the contrary."""
    found: dict[str, float] = {}
    for letter, chance in zip(letters, chances, strict=False):
        found.setdefault(letter.upper(), math.exp(chance) if letter.isupper() else -math.expm1(chance))
    return found


def expected_scores(
    sequences: Sequence[Written], voted: Sequence[Vote], canonical: Callable[[str], str]
) -> dict[str, float]:
    """Return for each tag its mean chance over the sequences, 0 to 1, each as important as it is probable."""
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
    """Give tags their names; of two names of one tag in a sequence, the surer one counts."""
    slots = zip(SLOTS, voted, strict=False)
    by_letter = [(vote.tag, sequence.letters[slot]) for slot, vote in slots if slot in sequence.letters]
    named: dict[str, float] = {}
    for tag, chance in (*by_letter, *sequence.tags.items()):
        named[canonical(tag)] = max(chance, named.get(canonical(tag), 0.0))
    return named

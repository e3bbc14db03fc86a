"""Train the network that marks values."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch.nn.functional import cross_entropy

from tagger.neural.graphs import export_graph
from tagger.neural.training import Course, train
from tagger.neural.values.network import TokenNetwork
from tagger.neural.values.tokens import OUTSIDE, Labels

_IGNORED = -100
_UNKNOWN = 1
_HIDDEN_HINTS, _HIDDEN_WORDS = 0.4, 0.15
Hints = npt.NDArray[np.float32]


def train_values(
    rows: Sequence[tuple[Labels, Hints]],
    labels: Sequence[Labels],
    words: int,
    sizes: Mapping[str, Any],
    course: Course,
    parts: tuple[Sequence[int], Sequence[int]],
) -> bytes:
    """Return the graph of a network that was trained on texts.

    `rows` has the words and the hints of each text; `parts` has the places of those to train on and of those that tell
    when to stop.
    """
    seen, kept_out = parts
    kinds = rows[0][1].shape[1] // 2
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        network = TokenNetwork(words, kinds, **sizes)

        def loss(batch: Sequence[int], epoch: int) -> torch.Tensor:
            places = [seen[each] for each in batch]
            logits = network(*_hidden(*_padded([rows[place] for place in places])))
            wanted = torch.full(logits.shape[:2], _IGNORED)
            for row, place in enumerate(places):
                wanted[row, : len(labels[place])] = torch.from_numpy(labels[place])
            return cross_entropy(logits.float().flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED)

        def score() -> float:
            right = said = wanted = 0
            for place in kept_out:
                found = network(*_padded([rows[place]]))[0].argmax(dim=1).numpy()
                right += int(((found == labels[place]) & (found != OUTSIDE)).sum())
                said += int((found != OUTSIDE).sum())
                wanted += int((labels[place] != OUTSIDE).sum())
            return 2 * right / max(1, said + wanted)

        train(network, [len(rows[place][0]) for place in seen], loss, score if kept_out else None, course)
    example = [torch.ones((2, 3), dtype=torch.int64), torch.zeros((2, 3, 2 * kinds))]
    both = ("texts", "tokens", "")
    return export_graph(network, example, {"words": both[:2], "hints": both}, {"logits": both})


def _hidden(words: torch.Tensor, hints: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Hide the hints of some texts, and some words, so that the network learns to find values by their context."""
    seen = torch.rand(len(words)) >= _HIDDEN_HINTS
    unknown = (torch.rand(words.shape) < _HIDDEN_WORDS) & (words != 0)
    return words.masked_fill(unknown, _UNKNOWN), hints * seen[:, None, None]


def _padded(rows: Sequence[tuple[Labels, Hints]]) -> tuple[torch.Tensor, torch.Tensor]:
    longest = max(len(words) for words, _ in rows)
    words = np.zeros((len(rows), longest), np.int64)
    hints = np.zeros((len(rows), longest, rows[0][1].shape[1]), np.float32)
    for place, (own, of_own) in enumerate(rows):
        words[place, : len(own)], hints[place, : len(own)] = own, of_own
    return torch.from_numpy(words), torch.from_numpy(hints)

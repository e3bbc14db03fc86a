"""Beam search: the most probable sequences of tags, without a tag twice."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
# Takes the last tags and the kept beams' places; returns log probabilities, (beams, symbols), and attention.
Step = Callable[[npt.NDArray[np.int64], npt.NDArray[np.int64]], tuple[Floats, Floats]]

_NEVER = -1e9


@dataclass(frozen=True)
class Written:
    """A sequence of tags: its log probability, and each tag's own, with the attention over the words at each."""

    tags: tuple[int, ...]
    log: float
    logs: tuple[float, ...]
    attention: tuple[Floats, ...]


def search_beams(step: Step, *, begin: int, end: int, beams: int, longest: int) -> list[Written]:
    """Return the most probable sequences, best first; at most `beams`, with at most `longest` tags each."""
    live = [Written((), 0.0, (), ())]
    done: list[Written] = []
    last, kept = np.array([begin]), np.array([0])
    for _ in range(longest):
        logs, attention = step(last, kept)
        logs = logs.copy()
        logs[:, begin] = _NEVER
        for place, each in enumerate(live):
            logs[place, list(each.tags)] = _NEVER
        totals = logs + np.array([[each.log] for each in live], np.float32)
        chosen = np.argsort(-totals, axis=None, kind="stable")[: beams - len(done)]
        going: list[tuple[int, int, Written]] = []
        for place, tag in zip(*np.unravel_index(chosen, totals.shape), strict=True):
            before, total = live[place], float(totals[place, tag])
            if total <= _NEVER:
                continue
            if tag == end:
                done.append(Written(before.tags, total, before.logs, before.attention))
                continue
            own = (*before.logs, float(logs[place, tag]))
            going.append(
                (
                    int(place),
                    int(tag),
                    Written((*before.tags, int(tag)), total, own, (*before.attention, attention[place])),
                )
            )
        if not going or len(done) >= beams:
            break
        live = [written for _, _, written in going]
        last, kept = np.array([tag for _, tag, _ in going]), np.array([place for place, _, _ in going])
    return sorted(done or live, key=lambda each: -each.log)


def tag_scores(found: list[Written]) -> dict[int, float]:
    """Return each tag's probability: in how much of the beam it is written, times its own probability there."""
    if not found:
        return {}
    logs = np.array([each.log for each in found])
    weights = np.exp(logs - logs.max())
    weights /= weights.sum()
    scores: dict[int, float] = {}
    for weight, each in zip(weights.tolist(), found, strict=True):
        for tag, log in zip(each.tags, each.logs, strict=True):
            scores[tag] = scores.get(tag, 0.0) + weight * float(np.exp(log))
    return scores


def strongest(found: list[Written], tag: int) -> Any:
    """Return the attention over the words where the best sequence writes the tag, or None."""
    for each in found:
        if tag in each.tags:
            return each.attention[each.tags.index(tag)]
    return None

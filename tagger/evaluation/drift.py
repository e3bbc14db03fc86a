"""Detect drift: compare how confident the models are on recent products with their confidence on held-out ones.

If products drift away from the training data, their best tags become less probable, long before anybody has labelled
the new products.
"""

import threading
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

Verdict = Literal["too few", "steady", "moved", "drifted"]

_LATEST = 2000
_LEAST = 100
_BINS = 10
# The usual limits for the index (Siddiqi, Credit Risk Scorecards, 2006).
_MOVED, _DRIFTED = 0.1, 0.25


@dataclass(frozen=True)
class Drift:
    """The latest products compared with the held-out ones.

    `index` is the population stability index, `before` and `now` the mean probability of each product's best tag.
    """

    products: int
    index: float
    before: float
    now: float

    @property
    def verdict(self) -> Verdict:
        """Interpret the index."""
        if self.products < _LEAST:
            return "too few"
        return "steady" if self.index < _MOVED else "moved" if self.index < _DRIFTED else "drifted"


class DriftMonitor:
    """Remembers the probability of the best tag of each of the latest products. Thread-safe."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=_LATEST)
        self._models = ""
        self._lock = threading.Lock()

    def see(self, best: Iterable[float], models: str) -> None:
        """Add the probability of each product's best tag, 0 if it has none, as given by these models.

        Probabilities from other models are discarded.
        """
        with self._lock:
            if models != self._models:
                self._models = models
                self._latest.clear()
            self._latest.extend(best)

    def against(self, held_out: Sequence[float], models: str) -> Drift | None:
        """Compare with the held-out products of the same models; None if either side is empty."""
        with self._lock:
            now = list(self._latest) if models == self._models else []
        if not now or not held_out:
            return None
        return Drift(len(now), stability(held_out, now), float(np.mean(held_out)), float(np.mean(now)))


def stability(before: Sequence[float], now: Sequence[float]) -> float:
    """Return the population stability index: the sum of (q - p) ln(q / p) over bins with equal shares of `before`.

    0 means no difference. Half a product is added to each bin, so that an empty bin does not make the index infinite.
    """
    inner = np.quantile(np.asarray(before, float), np.linspace(0, 1, _BINS + 1)[1:-1])
    edges = np.unique(inner)
    shares = []
    for values in (before, now):
        counts = np.bincount(np.searchsorted(edges, values, side="right"), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    p, q = shares
    return float(((q - p) * np.log(q / p)).sum())

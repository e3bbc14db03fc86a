"""The decisions in force, indexed for lookup by product; reloaded when the decision log changes."""

import threading
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from index.catalogue.decision import Decision
from index.catalogue.decision_log import DecisionLog
from index.encoders.base import Encoder
from index.errors import StoreLocked
from index.product import Product
from index.text.folding import fold
from index.vectors.base import Matrix
from tagger.corrections.effects import BAR, Corrections, RelevantDecision, corrections_from
from tagger.vocabulary import Vocabulary

# Largest rounding error of a dot product in single precision.
_SLACK = 1e-4
# Longest wait of a suggestion for another process that writes the store.
_MOMENT_S = 0.25


@dataclass(frozen=True)
class _Snapshot:
    """The decisions by product id and by folded text, and the state of the log that they were read from.

    `single` has the decisions that were made one at a time, by text: they also apply to near-identical products.
    Decisions made for many products at once apply only to these products. `texts` are the keys of `single`, in the
    order of `vectors`. `wanted` are the tags that somebody accepted or added.
    """

    stamp: tuple[int, ...] = ()
    version: tuple[int, int] = (-1, -1)
    by_id: dict[str, list[RelevantDecision]] = field(default_factory=dict)
    by_text: dict[str, list[RelevantDecision]] = field(default_factory=dict)
    single: dict[str, list[RelevantDecision]] = field(default_factory=dict)
    texts: list[str] = field(default_factory=list)
    vectors: Matrix = field(default_factory=lambda: np.zeros((0, 0), np.float32))
    wanted: frozenset[str] = frozenset()


class ActiveDecisions:
    """Finds the decisions on products and on near-identical ones. Thread-safe.

    Tags are returned under their current names in the vocabulary, even if they were merged after the decision.
    """

    def __init__(self, log: DecisionLog, encoder: Encoder, vocabulary: Vocabulary) -> None:
        self._log = log
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._lock = threading.Lock()
        self._last = _Snapshot()

    def corrections_for(self, products: Sequence[Product]) -> list[Corrections]:
        """Return the corrections for each product, by tag."""
        known = self._current()
        if not known.texts:
            return [_corrections(known, product, []) for product in products]
        vectors = self._encoder.encode([product.text for product in products])
        near = (_near(known, vector) for vector in vectors)
        return [_corrections(known, *each) for each in zip(products, near, strict=True)]

    def follow(self, vocabulary: Vocabulary) -> None:
        """Use the tag names of another vocabulary from now on."""
        with self._lock:
            self._vocabulary = vocabulary
            # Forces a reload of the log, but keeps the vectors of known texts.
            self._last = replace(self._last, stamp=(), version=(-1, -1))

    def wants(self, tag: str) -> bool:
        """Return whether somebody accepted or added this tag, by the decisions read last."""
        return tag in self._last.wanted

    def _current(self) -> _Snapshot:
        with self._lock:
            stamp = self._log.stamp()
            if stamp != self._last.stamp:
                self._last = self._refresh(stamp)
            return self._last

    def _refresh(self, stamp: tuple[int, ...]) -> _Snapshot:
        """Read the log; if another process keeps it locked, return the last snapshot and retry on the next call."""
        if not self._last.stamp:
            return self._read(self._log, stamp)
        try:
            return self._read(self._log.waiting(_MOMENT_S), stamp)
        except StoreLocked:
            return self._last

    def _read(self, log: DecisionLog, stamp: tuple[int, ...]) -> _Snapshot:
        version = log.version()
        if version == self._last.version:
            return replace(self._last, stamp=stamp)
        drops = self._vocabulary.drops
        relevant = [self._relevant(each) for each in log.active() if not drops(each.tag)]
        together = Counter(each.decision.batch for each in relevant)
        by_id: dict[str, list[RelevantDecision]] = {}
        by_text: dict[str, list[RelevantDecision]] = {}
        single: dict[str, list[RelevantDecision]] = {}
        for each in relevant:
            text = fold(each.decision.text)
            by_id.setdefault(each.decision.product, []).append(each)
            by_text.setdefault(text, []).append(each)
            if together[each.decision.batch] == 1:
                single.setdefault(text, []).append(each)
        vectors = self._vectors({text: made[0].decision.text for text, made in single.items()})
        wanted = frozenset(each.tag for each in relevant if each.decision.wanted)
        return _Snapshot(stamp, version, by_id, by_text, single, list(single), vectors, wanted)

    def _relevant(self, decision: Decision) -> RelevantDecision:
        return RelevantDecision(decision, self._vocabulary.canonical(decision.tag))

    def _vectors(self, texts: Mapping[str, str]) -> Matrix:
        """Return the vectors of texts, given by their folded form; vectors of the last snapshot are reused."""
        known = dict(zip(self._last.texts, self._last.vectors, strict=True))
        fresh = [key for key in texts if key not in known]
        if fresh:
            known |= dict(zip(fresh, self._encoder.encode([texts[key] for key in fresh]), strict=True))
        return np.stack([known[key] for key in texts]) if texts else np.zeros((0, 0), np.float32)


def _corrections(known: _Snapshot, product: Product, near: Sequence[tuple[str, float]]) -> Corrections:
    on_text = known.by_text.get(fold(product.text), ())
    same = {each.decision.number: each for each in (*known.by_id.get(product.id, ()), *on_text)}
    others = [
        RelevantDecision(each.decision, each.tag, similarity)
        for text, similarity in near
        for each in {each.tag: each for each in known.single[text]}.values()
        if each.decision.number not in same
    ]
    return corrections_from([same[number] for number in sorted(same)], others)


def _near(known: _Snapshot, vector: Matrix) -> list[tuple[str, float]]:
    """Return the texts more similar than `BAR`, with their similarity in double precision.

    The similarity is computed per product, so that it does not depend on the batch size.
    """
    places = np.flatnonzero(known.vectors @ vector > BAR - _SLACK)
    exact = vector.astype(np.float64)
    return [(known.texts[place], float(known.vectors[place].astype(np.float64) @ exact)) for place in places]

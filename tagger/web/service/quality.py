"""Measure the taggers on held-out products or a visitor's file, compare settings, and detect drift."""

import contextlib
import threading

from index.errors import TagweaveError
from tagger.evaluation.comparison import ComparedMetric, compare
from tagger.evaluation.drift import Drift, DriftMonitor
from tagger.jobs.evaluate_file import COUNTS, Counts, counts_of
from tagger.jobs.file_jobs import Batches
from tagger.jobs.quality_report import Diagnosis, Measured, Quality


class QualityFacade:
    """Measure the taggers on a visitor's file (given by its token) or on the store (an empty token). Thread-safe."""

    def __init__(self, quality: Quality, evaluations: Batches, drift: DriftMonitor) -> None:
        self._quality = quality
        self._evaluations = evaluations
        self._drift = drift

    def warm_up(self) -> threading.Thread:
        """Measure the store in the background, so that the first visitor does not have to wait."""
        thread = threading.Thread(target=self._measure_store, name="tagweave-measure", daemon=True)
        thread.start()
        return thread

    def _measure_store(self) -> None:
        with contextlib.suppress(TagweaveError):
            self._quality.of_store().board  # noqa: B018  # Computed once, and kept.

    def f1(self) -> float | None:
        """Return the store's micro-F1 on held-out products, or None if it is not measured yet."""
        return self._quality.f1()

    def measure(self, token: str = "") -> Measured:
        """Return the measurement. Raises `BadInput` if the file is gone, `MissingArtifact` before the first fit."""
        return self._quality.of_file(token) if token else self._quality.of_store()

    def diagnose(self, token: str, system: str, rule: str) -> Diagnosis:
        """Diagnose one system with an acceptance rule. Raises `BadInput` if either is unknown."""
        measured = self.measure(token)
        return measured.diagnose(measured.setting(system, rule))

    def compare(self, token: str, system: str, rule: str, other: str, other_rule: str) -> list[ComparedMetric]:
        """Compare two settings, each a system with an acceptance rule. Raises `BadInput` if any is unknown."""
        measured = self.measure(token)
        return compare(measured.held, measured.setting(system, rule), measured.setting(other, other_rule))

    def drift(self) -> Drift | None:
        """Compare the products tagged recently with the store's held-out ones, or return None if there are none."""
        measured = self._quality.of_store()
        return self._drift.against(measured.best, measured.models)

    def file_counts(self, token: str) -> Counts:
        """Return how many rows of a file were judged or left out. Raises `BadInput` if there is no result."""
        return counts_of(self._evaluations.result(token, COUNTS))

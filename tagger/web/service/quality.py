"""How good the taggers are: measured on held-out products or a visitor's file, compared, watched for drift."""

from tagger.evaluation.comparison import ComparedMetric, compare
from tagger.evaluation.drift import Drift, DriftMonitor
from tagger.jobs.evaluate_file import COUNTS, Counts, counts_of
from tagger.jobs.file_jobs import Batches
from tagger.jobs.quality_report import Diagnosis, Measured, Quality


class QualityFacade:
    """Measures the taggers; a token names a visitor's file, none the store. Safe to call from several threads."""

    def __init__(self, quality: Quality, evaluations: Batches, drift: DriftMonitor) -> None:
        self._quality = quality
        self._evaluations = evaluations
        self._drift = drift

    def measure(self, token: str = "") -> Measured:
        """Return what was measured; raises `BadInput` for a file that is not here, `MissingArtifact` without a fit."""
        return self._quality.of_file(token) if token else self._quality.of_store()

    def diagnose(self, token: str, system: str, rule: str) -> Diagnosis:
        """Look into one system with a rule of acceptance; raises `BadInput` where either is unknown."""
        measured = self.measure(token)
        return measured.diagnose(measured.setting(system, rule))

    def compare(self, token: str, system: str, rule: str, other: str, other_rule: str) -> list[ComparedMetric]:
        """Compare two settings, each a system with a rule; raises `BadInput` where one is unknown."""
        measured = self.measure(token)
        return compare(measured.held, measured.setting(system, rule), measured.setting(other, other_rule))

    def drift(self) -> Drift | None:
        """Compare the products that were asked for with the store's held-out ones; nothing where there are none."""
        measured = self._quality.of_store()
        return self._drift.against(measured.best, measured.models)

    def file_counts(self, token: str) -> Counts:
        """Return what became of the rows of a file; raises `BadInput` where there is none, or no more."""
        return counts_of(self._evaluations.result(token, COUNTS))

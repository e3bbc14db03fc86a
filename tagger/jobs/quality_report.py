"""The quality of a store's taggers, measured on held-out products."""

import re
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from index.errors import BadInput, MissingArtifact
from index.store import FITTED, Store
from tagger.evaluation import error_analysis as diagnosis
from tagger.evaluation import held_out
from tagger.evaluation.comparison import Setting
from tagger.evaluation.error_analysis import Bin, Confusion, Point, TagFigures
from tagger.evaluation.evaluate import FUSED, figures
from tagger.evaluation.held_out import HeldOut
from tagger.fusion.acceptance import Acceptance, acceptance, expected_f1
from tagger.jobs.evaluate_file import JUDGED
from tagger.jobs.file_jobs import Batches

Order = Literal["products", "missed", "wrong", "f1"]
ORDERS: tuple[Order, ...] = ("products", "missed", "wrong", "f1")
_MOST_CONFUSIONS = 20
_MOST_KEPT = 8
_ORDERED: Mapping[Order, Callable[[TagFigures], tuple[float, ...]]] = {
    "products": lambda each: (-each.wanted,),
    "missed": lambda each: (each.right - each.wanted, -each.wanted),
    "wrong": lambda each: (each.right - each.accepted, -each.accepted),
    "f1": lambda each: (each.f1, -each.wanted),
}


@dataclass(frozen=True)
class Diagnosis:
    """The error analysis of one system with one acceptance rule; `share` is its precision and recall."""

    system: str
    share: tuple[float, float]
    tags: Sequence[TagFigures]
    confusions: Sequence[Confusion]
    bins: Sequence[Bin]
    curve: Sequence[Point]


@dataclass(frozen=True)
class Measured:
    """Held-out products with every system's rankings; `models` names the publication, empty for an uploaded file."""

    held: HeldOut
    models: str = ""

    @cached_property
    def board(self) -> Mapping[str, Mapping[str, float]]:
        """Return each system's metrics at its own threshold, the highest micro-F1 first."""
        held = self.held
        board = {name: figures(said, held.accepted(name), held.gold) for name, said in held.rankings.items()}
        return dict(sorted(board.items(), key=lambda item: (-item[1]["micro_f1"], item[0])))

    @cached_property
    def best(self) -> list[float]:
        """Return the probability of each product's best tag, 0 if it has none."""
        return [ranking[0].score if ranking else 0.0 for ranking in self.held.rankings[FUSED]]

    def setting(self, system: str, rule: str) -> Setting:
        """Return a system with a rule: "expected_f1", a threshold as a number, or "" for the system's own.

        Raises `BadInput` if the system or the rule is unknown.
        """
        if system not in self.held.rankings:
            raise BadInput("evaluate.no-results", system=system, available=", ".join(self.held.rankings))
        return Setting(system, _accepts(rule) if rule else None)

    def diagnose(self, setting: Setting) -> Diagnosis:
        """Analyse the errors of one system with an acceptance rule."""
        held = self.held
        rankings, accepted = held.rankings[setting.system], held.accepted(setting.system, setting.accepts)
        return Diagnosis(
            setting.system,
            diagnosis.share(accepted, held.gold),
            diagnosis.by_tag(accepted, held.gold),
            diagnosis.confusions(accepted, held.gold, held.ids, _MOST_CONFUSIONS),
            diagnosis.reliability(rankings, held.gold),
            diagnosis.precision_recall(rankings, held.gold),
        )


class Quality:
    """The held-out predictions that `fit` saved, and the evaluations of uploaded files.

    Both are read again after they change. Thread-safe.
    """

    def __init__(self, store: Store, evaluations: Batches) -> None:
        self._store = store
        self._evaluations = evaluations
        self._read: Measured | None = None
        self._of_files: dict[tuple[str, int], Measured] = {}
        self._turn = threading.Lock()

    def f1(self) -> float | None:
        """Return the micro-F1 of the store's last fit, or None if `Measured.board` has not been computed yet."""
        publication, read = self._store.manifest().publications.get(FITTED), self._read
        if read is None or publication is None or read.models != publication.folder or "board" not in vars(read):
            return None
        return read.board[FUSED]["micro_f1"]

    def of_file(self, token: str) -> Measured:
        """Return the results on an uploaded file. Raises `BadInput` if there are none, or they were deleted."""
        try:
            path = self._evaluations.result(token, JUDGED[-1])
        except BadInput as error:
            raise BadInput("evaluate.no-file") from error
        key = (token, path.stat().st_mtime_ns)
        with self._turn:
            if key not in self._of_files:
                measured = Measured(held_out.load(path))
                newest = list(self._of_files.items())[1 - _MOST_KEPT :]
                self._of_files = {**dict(newest), key: measured}
            return self._of_files[key]

    def of_store(self) -> Measured:
        """Return the held-out results of the store's last fit.

        Raises `MissingArtifact` before the first `fit`, and if too few products have tags.
        """
        with self._turn:
            publication = self._store.manifest().publications.get(FITTED)
            if self._read is None or publication is None or self._read.models != publication.folder:
                folder, _ = self._store.published(FITTED)
                if not (folder / held_out.FILE).is_file():
                    raise MissingArtifact("evaluate.nothing-held-out")
                self._read = Measured(held_out.load(folder / held_out.FILE), folder.name)
            return self._read


def _accepts(rule: str) -> Acceptance:
    if rule == "expected_f1":
        return expected_f1
    if not re.fullmatch(r"0|1|[01]?[.][0-9]{1,9}", rule) or float(rule) > 1:
        raise BadInput("evaluate.threshold", value=rule[:20])
    return acceptance("threshold", float(rule))


def sort_figures(tags: Sequence[TagFigures], order: Order) -> list[TagFigures]:
    """Sort the tags, ties by name."""
    return sorted(tags, key=lambda each: (*_ORDERED[order](each), each.tag))

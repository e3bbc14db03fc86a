"""Event handlers of the quality tab. They never raise: an error becomes a line on the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.errors import TagweaveError
from index.messages import mark
from tagger.jobs.quality_report import Order, sort_figures
from tagger.web.components import panels
from tagger.web.components.learning_curves import learning_curves
from tagger.web.i18n import display_names as names
from tagger.web.quality.rendering import render_diagnosis, render_drift, render_measured_on
from tagger.web.quality.tables import render_comparison, render_leaderboard
from tagger.web.service.service import Service

_MOST_TAGS = 200
_OF_STORE = mark(
    "Every product was scored by taggers and a ranker that were not trained on it (cross-validation). The threshold "
    "and the calibration, a few numbers, were chosen on the same scores. The published models are trained on all "
    "products and are usually slightly better."
)
_OF_FILE = mark(
    "These products come from your file, except those whose text is already in the store. The thresholds are the "
    "store’s; they are not tuned on the file."
)


@dataclass(frozen=True)
class Opened:
    """The systems that can be chosen, and the leaderboard or an error as HTML."""

    systems: Sequence[tuple[str, str]] = ()
    board: str = ""


class QualityView:
    """Event handlers of the quality tab, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def open(self, token: str) -> Opened:
        """Show the leaderboard of a file given by its token, or of the store if the token is empty."""
        try:
            measured = self._service.quality.measure(token)
            drift = None if token else self._service.quality.drift()
        except TagweaveError as error:
            return Opened(board=str(panels.problem(error.message)))
        measured_on = render_measured_on(len(measured.held.ids), _OF_FILE if token else _OF_STORE)
        systems = [(names.source_label(name), name) for name in measured.board]
        return Opened(systems, str(render_leaderboard(measured.board) + measured_on + render_drift(drift)))

    def diagnose(self, token: str, system: str, rule: str, order: Order) -> str:
        """Show a system's diagnosis with an acceptance rule."""
        if not system:
            return ""
        try:
            found = self._service.quality.diagnose(token, system, rule)
            vocabulary = self._service.catalogue.vocabulary()
        except TagweaveError as error:
            return str(panels.problem(error.message))
        listed = sort_figures(found.tags, order)[:_MOST_TAGS]
        return str(render_diagnosis(found, listed, vocabulary))

    def learning_curves(self) -> str:
        """Show the learning curves of the last fine-tuning, or nothing if there was none."""
        try:
            curves = self._service.training.learning_curves()
        except TagweaveError as error:
            return str(panels.problem(error.message))
        return str(learning_curves(curves)) if curves else ""

    def compare(self, token: str, system: str, rule: str, other: str, other_rule: str) -> str:
        """Show a comparison of two settings, each a system with an acceptance rule."""
        if not (system and other):
            return ""
        try:
            return str(render_comparison(self._service.quality.compare(token, system, rule, other, other_rule)))
        except TagweaveError as error:
            return str(panels.problem(error.message))

"""What the form for labelled files shows, and how its work begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tagger.web.batch.view import BatchView
from tagger.web.components import panels
from tagger.web.quality.rendering import render_counts
from tagger.web.quality.tables import render_leaderboard
from tagger.web.service.service import Service


class EvaluationView:
    """The events of the form for labelled files, without Gradio; the form's own events are `files`."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.files = BatchView(service.evaluations, self._render_result)

    def start(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Begin the work; return what is wrong, or nothing."""
        if not chosen.get("tags"):
            return str(panels.problem("choose the column that holds the tags"))
        return self.files.start(token, chosen, settings)

    def _render_result(self, token: str) -> Markup:
        quality = self._service.quality
        return render_counts(quality.file_counts(token)) + render_leaderboard(quality.measure(token).board)

"""Event handlers of the form that evaluates a visitor's labelled file."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from index.messages import Message
from tagger.web.batch.view import BatchView
from tagger.web.components import panels
from tagger.web.quality.rendering import render_counts
from tagger.web.quality.tables import render_leaderboard
from tagger.web.service.service import Service


class EvaluationView:
    """Event handlers of the form, independent of Gradio. `files` handles upload, preview and progress."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self.files = BatchView(service.evaluations, self._render_result)

    def start(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Start the evaluation. Return an error as HTML, or an empty string."""
        if not chosen.get("tags"):
            return str(panels.problem(Message("upload.choose-tags")))
        return self.files.start(token, chosen, settings)

    def _render_result(self, token: str) -> Markup:
        quality = self._service.quality
        return render_counts(quality.file_counts(token)) + render_leaderboard(quality.measure(token).board)

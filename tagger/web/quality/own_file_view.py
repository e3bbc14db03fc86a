"""What the form for labelled files shows, and how its work begins."""

from collections.abc import Mapping, Sequence
from typing import Any

from markupsafe import Markup

from tagger.jobs.evaluate_file import COUNTS, counts_of
from tagger.jobs.file_jobs import Batches
from tagger.jobs.quality_report import Quality
from tagger.web.batch.view import BatchView
from tagger.web.components import panels
from tagger.web.quality.rendering import render_counts
from tagger.web.quality.tables import render_leaderboard


class EvaluationView:
    """The events of the form for labelled files, without Gradio; the form's own events are `files`."""

    def __init__(self, evaluations: Batches, quality: Quality) -> None:
        self._quality = quality
        self.files = BatchView(evaluations, self._judged)

    def started(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Begin the work; return what is wrong, or nothing."""
        if not chosen.get("tags"):
            return str(panels.problem("choose the column that holds the tags"))
        return self.files.started(token, chosen, settings)

    def _judged(self, evaluations: Batches, token: str) -> Markup:
        counts = counts_of(evaluations.result(token, COUNTS))
        return render_counts(counts) + render_leaderboard(self._quality.of_file(token).board)

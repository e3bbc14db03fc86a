"""What the events of the batch tab do, and what they show. Nothing raises; a mistake becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from tagger.jobs.file_jobs import REJECTS
from tagger.web.batch.rendering import render_preview, render_problem, render_progress, render_result
from tagger.web.components import panels
from tagger.web.service.uploads import Upload, UploadFacade

_SHOWN = 50
_PREVIEWED = 5

# Shows what the work on a token's file gave; raises `TagweaveError` where it is not there any more.
Result = Callable[[str], Markup]


class BatchView:
    """The events of a form for files, without Gradio; those of the batch tab, where no other `result` is given."""

    def __init__(self, uploads: UploadFacade, result: Result | None = None) -> None:
        self._uploads = uploads
        self._result = result or self._render_result

    def take(self, path: str) -> tuple[Upload, str]:
        """Take a file that was uploaded; return it, or what is wrong with it."""
        try:
            return self._uploads.take(Path(path)), ""
        except TagweaveError as error:
            return Upload(), str(render_problem(error))

    def restore(self, token: str) -> Upload:
        """Return to a file that was taken before, if it is still here, with the mapping that work was begun with."""
        try:
            return self._uploads.restore(token)
        except TagweaveError:
            return Upload()

    def preview(self, token: str, chosen: Mapping[str, str]) -> str:
        """Show what the first rows become under a mapping."""
        if not token:
            return ""
        try:
            seen = self._uploads.preview(token, chosen, _PREVIEWED)
        except TagweaveError as error:
            return str(render_problem(error))
        return str(render_preview(seen.name, seen.rows))

    def start(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Begin the work or go on with it; return what is wrong, or nothing.

        `settings` are how many suggestions to give, and whether the tags that are there stay.
        """
        try:
            self._uploads.start(token, chosen, *settings)
        except TagweaveError as error:
            return str(render_problem(error))
        return ""

    def stop(self, token: str) -> None:
        """Stop the work."""
        self._uploads.stop(token)

    def progress(self, token: str) -> tuple[str, bool]:
        """Show where the work stands, and tell whether it goes on."""
        if not token:
            return "", False
        try:
            status = self._uploads.status(token)
            shown = render_progress(status)
            if status.state == "done":
                shown += self._result(token)
        except TagweaveError as error:
            return str(panels.problem(str(error))), False
        return str(shown), status.state in ("waiting", "running")

    def _render_result(self, token: str) -> Markup:
        records = self._uploads.first_records(token, "tagged.jsonl", _SHOWN)
        return render_result(token, records, self._uploads.first_records(token, REJECTS, _SHOWN))

"""Event handlers of the batch tab. They never raise: an error becomes a line on the page."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from index.errors import TagweaveError
from tagger.jobs.file_jobs import REJECTS
from tagger.web.batch.rendering import (
    render_files,
    render_preview,
    render_problem,
    render_progress,
    render_result,
)
from tagger.web.components import panels
from tagger.web.service.uploads import Upload, UploadFacade

_SHOWN = 50
_PREVIEWED = 6

# Renders the result of the work on a token's file. Raises `TagweaveError` if it is gone.
Result = Callable[[str], Markup]


class BatchView:
    """Event handlers of an upload form, independent of Gradio. By default, `result` shows the tagged products."""

    def __init__(self, uploads: UploadFacade, result: Result | None = None) -> None:
        self._uploads = uploads
        self._result = result or self._render_result

    def take(self, path: str) -> tuple[Upload, str]:
        """Accept an uploaded file. Return it, and an error as HTML or an empty string."""
        try:
            return self._uploads.take(Path(path)), ""
        except TagweaveError as error:
            return Upload(), str(render_problem(error))

    def restore(self, token: str) -> Upload:
        """Return a file uploaded before, with the column mapping used then, or an empty `Upload` if it is gone."""
        try:
            return self._uploads.restore(token)
        except TagweaveError:
            return Upload()

    def preview(self, token: str, chosen: Mapping[str, str]) -> str:
        """Show how the first rows are read with a column mapping."""
        if not token:
            return ""
        try:
            return str(render_preview(self._uploads.name(token), self._uploads.preview(token, chosen), _PREVIEWED))
        except TagweaveError as error:
            return str(render_problem(error))

    def start(self, token: str, chosen: Mapping[str, str], settings: Sequence[Any]) -> str:
        """Start or resume the work. Return an error as HTML, or an empty string.

        `settings` are the number of suggestions per product and whether to keep existing tags.
        """
        try:
            self._uploads.start(token, chosen, *settings)
        except TagweaveError as error:
            return str(render_problem(error))
        return ""

    def change(self, token: str, said: Mapping[str, str]) -> str:
        """Add a tag to a row of the result, or take it away; then show the files to download."""
        try:
            row = int(said["row"]) if said["row"].isdecimal() else -1
            changed = self._uploads.change(token, row, said["tag"], wanted=said["pressed"] == "true")
        except TagweaveError as error:
            return str(render_problem(error))
        return str(render_files(token, changed))

    def files(self, token: str) -> tuple[str, bool]:
        """Show the files to download, and whether the file is tagged."""
        try:
            if not token or self._uploads.status(token).state != "done":
                return "", False
            return str(render_files(token, self._uploads.changed(token))), True
        except TagweaveError:
            return "", False

    def write(self, token: str, column: str | None, language: str) -> str:
        """Write the files with the changes; then show them for download."""
        try:
            return str(render_files(token, 0, self._uploads.write(token, (column or "").strip(), language)))
        except TagweaveError as error:
            return str(render_problem(error))

    def stop(self, token: str) -> None:
        """Stop the work."""
        self._uploads.stop(token)

    def progress(self, token: str) -> tuple[str, bool]:
        """Return the progress as HTML, and whether the work is still going on."""
        if not token:
            return "", False
        try:
            status = self._uploads.status(token)
            shown = render_progress(status)
            if status.state == "done":
                shown += self._result(token)
        except TagweaveError as error:
            return str(panels.problem(error.message)), False
        return str(shown), status.state in ("waiting", "running")

    def _render_result(self, token: str) -> Markup:
        records = self._uploads.records(token, 0, _SHOWN)
        return render_result(token, records, self._uploads.first_records(token, REJECTS, _SHOWN))

"""Jobs on files that visitors upload: a randomly named folder for each, one job at a time, deleted after about a day.

file.csv           the upload, with the extension of its kind
job.json           its name, and how to read it
tagged.jsonl ...   the results, once they are complete
"""

import contextlib
import json
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from itertools import islice
from pathlib import Path
from typing import Any

from index.atomic import PART, write_text
from index.errors import BadInput, TagweaveError
from index.files.columns import Columns
from index.files.record_writer import write
from index.messages import Message
from index.progress import Progress
from index.store import Store
from tagger.jobs.job import Job, Status
from tagger.jobs.tag_file import COLUMNS, Engine, records_of, tag_file
from tagger.jobs.upload import Preview, inspect_upload, kind_of, preview_upload

MOST_BYTES = 64 << 20
RESULTS = ("tagged.csv", "tagged.jsonl", "tagged.parquet")
REJECTS = "tagged.jsonl.rejects.jsonl"
# The uploaded file with the tags in it; the ending is that of the upload.
WRITTEN = "written"
_MOST_FILES = 64
_KEPT_S = 24 * 3600
_LEAST_KEPT_S = 3600
_MOST_ROWS = 200_000
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)


# Processes a file as the job says and writes the results to the folder; stops if the progress callback raises.
Work = Callable[[Path, Path, Job, Progress], None]


class _Stop(TagweaveError):
    """Raised when the visitor stops the job."""


class Batches:
    """Uploaded files and their jobs, which run one at a time. Thread-safe.

    The last file of `results` exists only if all others do.
    """

    def __init__(
        self,
        folder: Path,
        work: Work,
        results: Sequence[str],
        *,
        kept_s: float = _KEPT_S,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        self._folder = folder
        self._do = work
        self._results = results
        self._kept_s = kept_s
        self.most_bytes = most_bytes
        self._turn = threading.Lock()
        # A waiting job may still be changed, a running one may not.
        self._starting = threading.Lock()
        self._status: dict[str, Status] = {}
        self._stopping: dict[str, threading.Event] = {}
        self.sweep()

    def take(self, path: Path, name: str) -> str:
        """Move a file here and return its token.

        Raises `BadInput` if the file cannot be used or there is no room; nothing is kept then.
        """
        self.sweep()
        if len(list(self._folder.glob("*"))) >= _MOST_FILES:
            # Otherwise one visitor could lock out all others for a day.
            self._forget(older_than_s=min(_LEAST_KEPT_S, self._kept_s), most=1)
        if len(list(self._folder.glob("*"))) >= _MOST_FILES:
            raise BadInput("upload.no-room")
        token = secrets.token_urlsafe(16)
        folder = self._folder / token
        try:
            folder.mkdir(parents=True)
            own = folder / f"file{kind_of(name)}"
            shutil.move(path, own)
            inspect_upload(own, most_bytes=self.most_bytes)
            self._write_job(token, Job(name[:200]))
        except BaseException as error:
            shutil.rmtree(folder, ignore_errors=True)
            if isinstance(error, OSError):
                raise BadInput("upload.cannot-save", reason=error.strerror) from error
            raise
        finally:
            path.unlink(missing_ok=True)
        return token

    def preview(self, token: str) -> Preview:
        """Return the file's columns and first rows."""
        return preview_upload(self.source(token))

    def source(self, token: str) -> Path:
        """Return the uploaded file."""
        [path] = self.folder(token).glob("file.*")
        return path

    def job(self, token: str) -> Job:
        """Return the file's job."""
        return Job(**json.loads((self.folder(token) / "job.json").read_text("utf-8")))

    def status(self, token: str) -> Status:
        """Return the status of the job; after a restart of the server, an unfinished job counts as stopped."""
        folder = self.folder(token)
        if token in self._status:
            return self._status[token]
        if (folder / self._results[-1]).is_file():
            return Status("done")
        return Status("stopped" if list(folder.glob(f"*{PART}")) else "new")

    def start(self, token: str, job: Job) -> None:
        """Start the job, or resume a stopped one if it is the same; a running one is left as it is.

        A pending request to stop is cancelled.
        """
        with self._starting:
            state = self.status(token).state
            if state in ("waiting", "running"):
                self._stopping[token].clear()
            if state == "running":
                return
            self._write_job(token, replace(job, name=self.job(token).name))
            if state == "waiting":
                return
            self._status[token], self._stopping[token] = Status("waiting"), threading.Event()
        threading.Thread(target=self._work, args=[token], name="tagweave-batch", daemon=True).start()

    def stop(self, token: str) -> None:
        """Stop after the current batch; finished products are kept."""
        if token in self._stopping:
            self._stopping[token].set()

    def result(self, token: str, name: str) -> Path:
        """Return a file of the result. Raises `BadInput` if there is none, or it was deleted."""
        path = self.folder(token) / name
        written = WRITTEN + self.source(token).name.removeprefix("file")
        if name not in (*self._results, REJECTS, written) or not path.is_file():
            raise BadInput("upload.result-gone")
        return path

    def folder(self, token: str) -> Path:
        """Return the folder of a token. Raises `BadInput` if the token is unknown, or the folder was deleted."""
        self.sweep()
        if not _TOKEN.fullmatch(token) or not (self._folder / token / "job.json").is_file():
            raise BadInput("upload.file-gone")
        return self._folder / token

    def sweep(self) -> None:
        """Delete uploads that are older than a day, unless their job is waiting or running."""
        self._forget(older_than_s=self._kept_s)

    def _forget(self, *, older_than_s: float, most: int | None = None) -> None:
        """Delete uploads that are older and idle, oldest first, at most `most` of them."""
        old: list[tuple[float, str]] = []
        for folder in self._folder.glob("*"):
            # Another thread may have deleted it meanwhile.
            with contextlib.suppress(FileNotFoundError):
                busy = self._status.get(folder.name, Status()).state in ("waiting", "running")
                if not busy and time.time() - (since := folder.stat().st_mtime) > older_than_s:
                    old.append((since, folder.name))
        for _, token in sorted(old)[:most]:
            shutil.rmtree(self._folder / token, ignore_errors=True)
            self._status.pop(token, None)
            self._stopping.pop(token, None)

    def _write_job(self, token: str, job: Job) -> None:
        write_text(self._folder / token / "job.json", json.dumps(asdict(job), ensure_ascii=False))

    def _work(self, token: str) -> None:
        with self._turn:
            try:
                self._begin(token)
                self._status[token] = replace(self._status[token], state="done")
            except _Stop:
                self._status[token] = replace(self._status[token], state="stopped")
            except TagweaveError as error:
                self._status[token] = replace(self._status[token], state="failed", problem=error.message)
            except Exception as error:
                self._status[token] = replace(
                    self._status[token], state="failed", problem=Message(type(error).__name__)
                )
                raise

    def _begin(self, token: str) -> None:
        with self._starting:
            job = self.job(token)
            self._status[token] = Status("running")
        folder, begun, first = self.folder(token), time.monotonic(), -1

        def progress(stage: str, done: int, total: int) -> None:
            nonlocal first
            if self._stopping[token].is_set():
                raise _Stop("stopped")
            first = done if first < 0 else first
            self._status[token] = Status("running", done, total, first, time.monotonic() - begun)

        for old in [*(folder / name for name in self._results), *folder.glob(f"{WRITTEN}.*"), folder / "changes.json"]:
            old.unlink(missing_ok=True)
        self._do(self.source(token), folder, job, progress)


def tagging(store: Store, engine: Engine) -> Work:
    """Return the work that tags a file with a store's models and an engine."""

    def tag(file: Path, folder: Path, job: Job, progress: Progress) -> None:
        out = folder / "tagged.jsonl"
        columns = Columns(job.columns)
        tag_file(
            store,
            file,
            out,
            progress,
            limit=job.limit,
            columns=columns,
            engine=engine,
            keep=job.keep,
            most_rows=_MOST_ROWS,
        )
        for name in ("tagged.csv", "tagged.parquet"):
            write(folder / name, COLUMNS, records_of(out))

    return tag


def first(path: Path, limit: int) -> Sequence[dict[str, Any]]:
    """Return the first records of a JSON Lines file."""
    return list(islice(records_of(path), limit))

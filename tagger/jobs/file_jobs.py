"""Files that visitors bring to be worked on: each in a folder of a random name, in turn, forgotten after a day or so.

file.csv           what was brought, under its kind's ending
job.json           its name and how it is to be read
tagged.jsonl ...   the results, once they are whole
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
from index.files.product_reader import Columns
from index.files.record_writer import write
from index.progress import Progress
from index.store import Store
from tagger.jobs.job import Job, Status
from tagger.jobs.tag_file import COLUMNS, Engine, records_of, tag_file
from tagger.jobs.upload import Preview, inspect_upload, kind_of, preview_upload

MOST_BYTES = 64 << 20
RESULTS = ("tagged.csv", "tagged.jsonl", "tagged.parquet")
REJECTS = "tagged.jsonl.rejects.jsonl"
_MOST_FILES = 64
_KEPT_S = 24 * 3600
_LEAST_KEPT_S = 3600
_MOST_ROWS = 200_000
_TOKEN = re.compile(r"[\w-]{22}", re.ASCII)


# Works on a file as a job says, and leaves its results in the folder; stops where the progress raises.
Work = Callable[[Path, Path, Job, Progress], None]


class _Stop(TagweaveError):
    """The visitor has stopped the work."""


class Batches:
    """The files that are being worked on. Safe to call from several threads; one at a time is worked on.

    The last of the `results` is there only when the others are, too.
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
        # A file that waits may be given another job, one that is being worked on not.
        self._starting = threading.Lock()
        self._status: dict[str, Status] = {}
        self._stopping: dict[str, threading.Event] = {}
        self.sweep()

    def take(self, path: Path, name: str) -> str:
        """Move a file here and return its token.

        Raises `WrongFile` for one that cannot be used, `BadInput` where there is no room; then nothing is kept.
        """
        self.sweep()
        if len(list(self._folder.glob("*"))) >= _MOST_FILES:
            # Else one visitor could keep all others out for a day.
            self._forget(older_than_s=min(_LEAST_KEPT_S, self._kept_s), most=1)
        if len(list(self._folder.glob("*"))) >= _MOST_FILES:
            raise BadInput("there is no room for another file now; try again in an hour")
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
                raise BadInput(f"the file cannot be kept here: {error.strerror}") from error
            raise
        finally:
            path.unlink(missing_ok=True)
        return token

    def preview(self, token: str) -> Preview:
        """Return the file's columns and first rows."""
        return preview_upload(self._file(token))

    def job(self, token: str) -> Job:
        """Return how the file is to be worked on."""
        return Job(**json.loads((self.folder(token) / "job.json").read_text("utf-8")))

    def status(self, token: str) -> Status:
        """Return where the work stands; after a restart of the server, begun work is stopped work."""
        folder = self.folder(token)
        if token in self._status:
            return self._status[token]
        if (folder / self._results[-1]).is_file():
            return Status("done")
        return Status("stopped" if list(folder.glob(f"*{PART}")) else "new")

    def start(self, token: str, job: Job) -> None:
        """Begin, or go on where the work was stopped if the job is the same; what runs goes on as it is.

        A stop that was asked for and did not come yet is taken back.
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
        """Stop after the products at hand; what is done is kept."""
        if token in self._stopping:
            self._stopping[token].set()

    def result(self, token: str, name: str) -> Path:
        """Return a file of the result; raises `BadInput` where there is none, or no more."""
        path = self.folder(token) / name
        if name not in (*self._results, REJECTS) or not path.is_file():
            raise BadInput("there is no such file, or no longer: results are kept for a day at most")
        return path

    def folder(self, token: str) -> Path:
        """Return the folder of a token; raises `BadInput` for one that is unknown or was forgotten."""
        self.sweep()
        if not _TOKEN.fullmatch(token) or not (self._folder / token / "job.json").is_file():
            raise BadInput("this file is not here any more: files are kept for a day at most")
        return self._folder / token

    def sweep(self) -> None:
        """Forget what is older than a day and not being worked on."""
        self._forget(older_than_s=self._kept_s)

    def _forget(self, *, older_than_s: float, most: int | None = None) -> None:
        """Forget those that are older and not being worked on, the oldest first."""
        old: list[tuple[float, str]] = []
        for folder in self._folder.glob("*"):
            # Another thread may have swept it away in between.
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

    def _file(self, token: str) -> Path:
        [path] = self.folder(token).glob("file.*")
        return path

    def _work(self, token: str) -> None:
        with self._turn:
            try:
                self._begin(token)
                self._status[token] = replace(self._status[token], state="done")
            except _Stop:
                self._status[token] = replace(self._status[token], state="stopped")
            except TagweaveError as error:
                self._status[token] = replace(self._status[token], state="failed", problem=str(error))
            except Exception as error:
                self._status[token] = replace(self._status[token], state="failed", problem=type(error).__name__)
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

        for old in self._results:
            (folder / old).unlink(missing_ok=True)
        self._do(self._file(token), folder, job, progress)


def tagging(store: Store, engine: Engine) -> Work:
    """Return the work that tags a file, with a store's products and an engine."""

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
    """Return the first records of a file of JSON lines."""
    return list(islice(records_of(path), limit))

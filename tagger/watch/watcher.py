"""Tag the files of a folder as they come.

FOLDER/             new files
FOLDER/tagged/      results, with a report for each
FOLDER/done/        files that were tagged, as they came
FOLDER/failed/      files that could not be tagged, with a report that says why
FOLDER/.tagweave/   work in progress
"""

import contextlib
import glob
import logging
import time
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any, Final, NoReturn

from index.errors import BadInput, StoreLocked, TagweaveError
from index.files.record_writer import kind_of
from index.files.row_reader import check
from index.locks import exclusive
from index.messages import Message
from index.progress import Progress
from index.store import Store
from tagger.jobs.tag_file import Engine, tag_file
from tagger.jobs.write_back import Choice, Language, Output, write_back_to
from tagger.watch.incoming import is_settled, new_files
from tagger.watch.outcome import Outcome, unfinished
from tagger.watch.webhook import Webhook

log = logging.getLogger(__name__)

TAGGED: Final = "tagged"
DONE: Final = "done"
FAILED: Final = "failed"
_WORK: Final = ".tagweave"
_REJECTS: Final = ".rejects.jsonl"
_REPORT: Final = ".report.json"


@dataclass(frozen=True)
class Tagging:
    """How files are tagged: the number of suggestions of a product, and what is written, as `tagweave tag` takes it."""

    limit: int = 10
    write_tags: str = ""
    language: Language = ""
    choice: Choice = field(default_factory=Choice)
    excel: bool = False


@dataclass(frozen=True)
class Round:
    """The files of one look at a folder; `waiting` are those that may still be written."""

    tagged: int = 0
    failed: int = 0
    waiting: int = 0
    reports: tuple[Mapping[str, Any], ...] = ()


class FolderWatcher:
    """Tags the files of one folder, one after the other.

    A file that has not changed for `settle_s` seconds is complete. The webhook is told of each file.
    """

    def __init__(
        self,
        store: Store,
        folder: Path,
        engine: Engine,
        *,
        tagging: Tagging | None = None,
        settle_s: float = 5.0,
        webhook: Webhook | None = None,
    ) -> None:
        self._store = store
        self._folder = folder
        self._work = folder / _WORK
        self._engine = engine
        self._tagging = tagging or Tagging()
        self._settle_s = settle_s
        self._webhook = webhook

    @contextlib.contextmanager
    def holding(self) -> Iterator[None]:
        """Be the only watcher of the folder for a while, and finish what a killed one began.

        Raises `BadInput` if there is no such folder, `StoreLocked` if another process watches it.
        """
        if not self._folder.is_dir():
            raise BadInput("watch.no-folder", folder=self._folder)
        for name in (_WORK, TAGGED, DONE, FAILED):
            (self._folder / name).mkdir(exist_ok=True)
        with exclusive(self._work / ".lock") as held:
            if held is None:
                raise StoreLocked("watch.locked", folder=self._folder)
            for outcome in unfinished(self._work):
                self._finish(outcome)
            yield

    def look(self, progress: Progress) -> Round:
        """Tag the files that are complete now, by name. A file that cannot be tagged is moved aside.

        Raises another `TagweaveError` than `BadInput` if the store cannot tag at all; files stay where they are then.
        """
        files = new_files(self._folder)
        complete = [path for path in files if is_settled(path, self._settle_s)]
        reports = [self._process(path, progress) for path in complete]
        failed = sum(report["event"] == FAILED for report in reports)
        return Round(len(reports) - failed, failed, len(files) - len(complete), tuple(reports))

    def run(self, progress: Progress, interval_s: float) -> NoReturn:
        """Look at the folder every `interval_s` seconds, until interrupted; while the store is locked, wait."""
        while True:
            try:
                self.look(progress)
            except StoreLocked as error:
                log.warning("%s", error)
            time.sleep(interval_s)

    def _process(self, source: Path, progress: Progress) -> Mapping[str, Any]:
        status = source.stat()
        name = self._free_name(source)
        place = TAGGED
        try:
            moves, report = self._tag(source, name, progress)
        except (TagweaveError, OSError) as error:
            # Without a store, or without room on the disk, the next file would fail as well.
            if not isinstance(error, BadInput):
                raise
            moves, report, place = *self._failure(source, name, error.message), FAILED
        except Exception as error:
            log.exception("%s cannot be tagged", source.name)
            moves, report, place = *self._failure(source, name, Message(type(error).__name__)), FAILED
        about = {"id": uuid.uuid4().hex, "event": place, "file": source.name}
        finished = {"finished_at": datetime.now(UTC).isoformat(timespec="seconds")}
        report_to = f"{place}/{name}{_REPORT}"
        outcome = Outcome(status.st_ino, status.st_mtime_ns, moves, report_to, {**about, **report, **finished})
        outcome.write(self._work)
        return self._finish(outcome)

    def _tag(self, source: Path, name: str, progress: Progress) -> tuple[dict[str, str], dict[str, Any]]:
        """Write the result of a file into the work folder. Return the moves to make, and the report."""
        check(source)
        how = self._tagging
        ending = self._ending(source)
        out = self._work / f"{source.name}{ending}"
        back = write_back_to(out, source, how.write_tags, how.language)
        output = Output(how.choice, back, how.excel)
        done = tag_file(
            self._store, source, out, progress, limit=how.limit, columns=None, engine=self._engine, output=output
        )
        result, rejects = f"{TAGGED}/{name}{ending}", f"{TAGGED}/{name}{ending}{_REJECTS}"
        moves = {source.name: f"{DONE}/{name}", f"{_WORK}/{out.name}": result}
        if done.rejected:
            moves[f"{_WORK}/{Path(done.rejects).name}"] = rejects
        else:
            Path(done.rejects).unlink(missing_ok=True)
        counts = {
            "read": done.read,
            "tagged": done.tagged,
            "rejected": done.rejected,
            "seconds": round(done.seconds, 3),
        }
        return moves, {**counts, "out": result, "rejects": rejects if done.rejected else ""}

    def _failure(self, source: Path, name: str, reason: Message) -> tuple[dict[str, str], dict[str, Any]]:
        """Remove what was made of a file. Return the moves to make, and the report."""
        for path in self._work.glob(f"{glob.escape(source.name)}.*"):
            path.unlink()
        return {source.name: f"{FAILED}/{name}"}, {"error": str(reason), **reason.as_dict()}

    def _ending(self, source: Path) -> str:
        """Return what a result is called beyond the name of its file: a kind that cannot be written becomes JSON."""
        if write_back_to(source, source, self._tagging.write_tags, self._tagging.language):
            return ""
        try:
            kind_of(source)
        except BadInput:
            return ".jsonl"
        return ""

    def _free_name(self, source: Path) -> str:
        """Return the file's name, with a number if an earlier file had the same one."""
        begin, dot, ending = source.name.partition(".")
        names = (source.name if number == 1 else f"{begin}-{number}{dot}{ending}" for number in count(1))
        return next(name for name in names if not any(self._taken(name)))

    def _taken(self, name: str) -> Iterator[bool]:
        for folder in (DONE, FAILED):
            yield (self._folder / folder / name).exists()

    def _finish(self, outcome: Outcome) -> Mapping[str, Any]:
        outcome.carry_out(self._folder)
        log.info("%s: %s", outcome.report["file"], outcome.report["event"])
        if self._webhook:
            self._webhook.send(outcome.report["id"], outcome.report)
        outcome.forget(self._work)
        return outcome.report

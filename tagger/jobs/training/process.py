"""Train beside a server: `tagweave fit` or `tagweave finetune` in a separate process, one at a time.

training-run/lock           held by the training process from its start to its end, however it ends
training-run/run.json       the request, its start time and the process id
training-run/settings.toml  what differs from the store's own settings
training-run/log            standard error of the process
training-run/error.json     the message of the error that ended it
training-run/result.json    standard output of the process

All state of a run is in these files, so that a server started later finds it too.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from index.atomic import write_text
from index.errors import StoreLocked
from index.locks import exclusive, is_locked
from index.messages import Message
from tagger.jobs.training import log as training_log
from tagger.jobs.training.log import Log

Kind = Literal["fit", "finetune"]
State = Literal["none", "running", "stopped", "failed", "done"]
FOLDER = "training-run"
_MODULE = "tagger.cli"


@dataclass(frozen=True)
class TrainingRequest:
    """A training to run: flags of the command by name, and TOML settings that override the store's own."""

    kind: Kind
    flags: Mapping[str, str] = field(default_factory=dict)
    settings: str = ""
    chosen: Mapping[str, Any] = field(default_factory=dict)
    begun_at: float = 0.0
    process: int = 0
    stopped: bool = False


@dataclass(frozen=True)
class TrainingStatus:
    """The status of a run, `seconds` after its start."""

    state: State = "none"
    run: TrainingRequest | None = None
    log: Log = field(default_factory=Log)
    seconds: float = 0.0
    result: Mapping[str, Any] = field(default_factory=dict)
    problem: Message | None = None


class TrainingProcess:
    """The trainings of one store. Safe to use from several threads and several servers."""

    def __init__(self, store: Path) -> None:
        self._store = store
        self._folder = store / FOLDER
        self._turn = threading.Lock()
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, run: TrainingRequest) -> None:
        """Start a training, or resume one with the same settings. Raises `StoreLocked` while one is running."""
        with self._turn:
            self._folder.mkdir(exist_ok=True)
            with exclusive(self._folder / "lock") as lock:
                if lock is None:
                    raise StoreLocked("training.running")
                self._let_go()
                (self._folder / "settings.toml").write_text(run.settings, "utf-8")
                for name in ("result.json", "error.json"):
                    (self._folder / name).unlink(missing_ok=True)
                self._process = self._spawn(run, lock)
                self._keep(replace(run, begun_at=time.time(), process=self._process.pid))

    def stop(self) -> None:
        """Stop the training; its work so far is kept, and another one with the same settings resumes from there."""
        with self._turn:
            run = self._run()
            if run and not self._free():
                self._keep(replace(run, stopped=True))
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(run.process, signal.SIGTERM)

    def progress(self) -> TrainingStatus:
        """Return the status of the last training, whichever server started it."""
        with self._turn:
            run, free = self._run(), self._free()
            if free:
                self._let_go()
        if run is None:
            return TrainingStatus()
        log = training_log.read(_text(self._folder / "log"))
        result = _values(self._folder / "result.json")
        problem = _problem(log, _values(self._folder / "error.json"))
        state = _state(run, problem, result, free=free)
        return TrainingStatus(state, run, log, max(0.0, time.time() - run.begun_at), result, problem)

    def _let_go(self) -> None:
        """Wait for the process that released the lock, so that it does not stay as a zombie.

        The lock is released a moment before the process ends, so polling once is not enough.
        """
        if self._process is not None:
            self._process.wait()
            self._process = None

    def _spawn(self, run: TrainingRequest, lock: int) -> "subprocess.Popen[bytes]":
        flags = [f"--{name}={value}" for name, value in run.flags.items()]
        settings = self._folder.resolve() / "settings.toml"
        arguments = [run.kind, str(self._store.resolve()), "--config", str(settings), *flags, "--json"]
        arguments += ["--error-file", str(self._folder.resolve() / "error.json")]
        with (self._folder / "log").open("wb") as log, (self._folder / "result.json").open("wb") as result:
            return subprocess.Popen(  # noqa: S603 - the command is this program's own, with numbers for its flags
                [sys.executable, "-m", _MODULE, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=result,
                stderr=log,
                # The process inherits the lock and holds it until it ends, even if this server ends first.
                pass_fds=[lock],
                start_new_session=True,
                # The process can import what this one can, such as third-party plugins.
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "PYTHONUNBUFFERED": "1"},
            )

    def _free(self) -> bool:
        return not is_locked(self._folder / "lock")

    def _run(self) -> TrainingRequest | None:
        text = _text(self._folder / "run.json")
        return TrainingRequest(**json.loads(text)) if text else None

    def _keep(self, run: TrainingRequest) -> None:
        write_text(self._folder / "run.json", json.dumps(asdict(run), ensure_ascii=False))


def _problem(log: Log, error: Mapping[str, Any]) -> Message | None:
    """Return why a training ended: the command's error, or the last line of a traceback."""
    if error:
        return Message.from_dict(error)
    return Message(log.traceback) if log.traceback else None


def _state(run: TrainingRequest, problem: Message | None, result: Mapping[str, Any], *, free: bool) -> State:
    if not free:
        return "running"
    if result:
        return "done"
    return "failed" if problem and not run.stopped else "stopped"


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8", errors="replace")
    except FileNotFoundError:
        return ""


def _values(path: Path) -> Mapping[str, Any]:
    """Return the JSON object in a file; empty if the command was stopped before it wrote a complete one."""
    try:
        found: Mapping[str, Any] = json.loads(_text(path))
    except ValueError:
        return {}
    return found

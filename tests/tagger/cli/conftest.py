"""Run the command line in this process where that is equivalent, otherwise in a separate process."""

import contextlib
import gzip
import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import pytest

from tagger.cli import main
from tagger.demo.paths import PRODUCTS, VOCABULARY

ROOT = Path(__file__).parents[3]
# Has a third-party letter-pair encoder, which loads no weights, so a command takes about a second.
THIRD_PARTY = ROOT / "tests" / "tagger" / "third_party"
SETTINGS = """
[encoder]
plugin = "acme-pairs"

[fusion]
folds = 2

[fusion.ranker]
rounds = 40

[taggers.generator]
enabled = false

[taggers.pairs]
enabled = false
"""


@dataclass(frozen=True)
class Outcome:
    """The outcome of a command: its exit status and its two outputs."""

    status: int
    out: str
    err: str

    @property
    def result(self) -> dict[str, Any]:
        """The single JSON object on standard output."""
        assert self.status == 0, self.err
        assert "Traceback" not in self.err
        assert self.out.count("\n") == 1
        assert self.out.endswith("}\n")
        result = json.loads(self.out, parse_constant=_no_number)
        assert isinstance(result, dict)
        return result

    @property
    def mistake(self) -> str:
        """The one-line error message, which may be preceded by progress lines."""
        assert (self.status, self.out) == (2, ""), self.err
        *before, last = self.err.splitlines()
        assert last.startswith("tagweave: ")
        assert not [line for line in before if line.startswith(("tagweave: ", "Traceback", " "))]
        return last.removeprefix("tagweave: ")


def _no_number(name: str) -> NoReturn:
    raise AssertionError(f"{name} is no JSON")


Command = Callable[..., Outcome]
Start = Callable[..., "subprocess.Popen[str]"]
NewStore = Callable[..., Path]


def run(*arguments: object) -> Outcome:
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            status = main([str(each) for each in arguments])
        except SystemExit as exit:
            status = int(exit.code or 0)
    return Outcome(status, out.getvalue(), err.getvalue())


@pytest.fixture(autouse=True)
def _third_party(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(THIRD_PARTY)


@pytest.fixture
def tagweave() -> Command:
    """Run a command in this process."""
    return run


@pytest.fixture(scope="session")
def run_here() -> Command:
    """Run a command in this process, for session-scoped fixtures."""
    return run


def command_line(arguments: Sequence[object], before: str) -> tuple[list[str], dict[str, str]]:
    start = (
        ["-c", f"{before}; from tagger.cli import main; raise SystemExit(main())"] if before else ["-m", "tagger.cli"]
    )
    path = os.pathsep.join([str(ROOT), str(THIRD_PARTY)])
    return [sys.executable, *start, *map(str, arguments)], os.environ | {"PYTHONPATH": path}


@pytest.fixture
def process() -> Command:
    """Run a command in a separate process."""

    def run_process(*arguments: object, before: str = "") -> Outcome:
        command, environment = command_line(arguments, before)
        done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300, check=False)
        return Outcome(done.returncode, done.stdout, done.stderr)

    return run_process


def _interruptible() -> None:
    """Restore the default SIGINT handling, which a shell disables for processes that it starts in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def start() -> Iterator[Start]:
    """Start a command in a separate process, with standard error in a file. It is killed after the test."""
    started: list[subprocess.Popen[str]] = []

    def start_process(*arguments: object, err: Path, before: str = "") -> "subprocess.Popen[str]":
        command, environment = command_line(arguments, before)
        # An interrupt can leave a lock of coverage taken, and then the process never ends.
        environment.pop("COVERAGE_PROCESS_CONFIG", None)
        with err.open("w") as file:
            process = subprocess.Popen(
                command, env=environment, stdout=subprocess.DEVNULL, stderr=file, text=True, preexec_fn=_interruptible
            )
        started.append(process)
        return process

    yield start_process
    for process in started:
        with process:
            process.kill()


@pytest.fixture(scope="session")
def demo_lines() -> list[str]:
    """The demo's products as JSON lines, without line ends."""
    return gzip.decompress(PRODUCTS.read_bytes()).decode().splitlines()


@pytest.fixture(scope="session")
def products(tmp_path_factory: pytest.TempPathFactory, demo_lines: list[str]) -> Path:
    """A file of 156 labelled products."""
    path = tmp_path_factory.mktemp("files") / "products.jsonl"
    path.write_text("\n".join(demo_lines[::16]) + "\n", "utf-8")
    return path


@pytest.fixture(scope="session")
def unseen(products: Path, demo_lines: list[str]) -> Path:
    """A file of 31 other labelled products."""
    path = products.with_name("unseen.jsonl")
    path.write_text("\n".join(demo_lines[8::80]) + "\n", "utf-8")
    return path


@dataclass(frozen=True)
class Made:
    """A store created by commands, and their results."""

    folder: Path
    ingested: Outcome
    fitted: Outcome


@pytest.fixture(scope="session")
def made(once: Callable[[str, Callable[[Path], object]], Path], products: Path) -> Made:
    """A fitted store of the 156 products. Read-only."""
    folder = once("made", partial(_make, products=products))
    ingested, fitted = json.loads((folder / "outcomes.json").read_text("utf-8"))
    return Made(folder / "store", Outcome(**ingested), Outcome(**fitted))


def _make(parent: Path, products: Path) -> None:
    folder = parent / "store"
    folder.mkdir()
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRD_PARTY)
        ingested = run("ingest", folder, products, "--vocabulary", VOCABULARY, "--json")
        outcomes = ingested, run("fit", folder, "--json")
    (parent / "outcomes.json").write_text(json.dumps([asdict(each) for each in outcomes]), "utf-8")


@pytest.fixture(scope="session")
def stocked(made: Made) -> Path:
    """The folder of the fitted store. Read-only."""
    assert made.fitted.result
    return made.folder


@pytest.fixture
def new_store(tmp_path: Path) -> NewStore:
    """Make a new store from records, with settings that need no model."""

    def make(*records: dict[str, Any]) -> Path:
        folder = tmp_path / "store"
        folder.mkdir()
        (folder / "settings.toml").write_text(SETTINGS, "utf-8")
        path = tmp_path / "records.jsonl"
        path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
        assert run("ingest", folder, path, "--json").result["accepted"] == len(records)
        return folder

    return make


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, bytes | str], Path]:
    """Write a file."""

    def write_file(name: str, content: bytes | str) -> Path:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_file

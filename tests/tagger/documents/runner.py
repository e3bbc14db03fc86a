"""Run the blocks of a page as its reader would: in their order, in one folder, in one Python."""

import contextlib
import io
import itertools
import json
import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tagger.cli import main
from tests.tagger.conftest import THIRD_PARTY
from tests.tagger.documents.blocks import ROOT, Block

ADDRESS = "http://localhost:7860"
STARTED_S = 120
# Two fits of a small store may differ by this much in a probability.
NEAR_TIE = 0.01

# The only lines of shell that no test runs, each with the reason.
SKIPPED = {
    r"(python3 -m venv|\. \.venv/bin/activate|(\S+/)?pip)\b": "changes the packages of the environment",
    r"make\b": "changes the packages of the environment; that the target exists is tested",
    r"\.ci/run\b": "is what runs the tests",
    r"docker\b": "needs Docker; the Dockerfile and the command line in it are tested",
    r"sudo\b": "changes the machine; the files that it puts to use are parsed",
    r"(rsync|scp|ssh)\b": "needs a second machine",
    r"(\.venv/bin/)?hf\b": "needs the hub",
    r"git\b": "needs the repository",
    r"nvidia-smi\b": "needs a GPU",
}
# All else that a page may tell its reader to type: these programs change nothing outside of the folder.
PROGRAMS = {"cat", "cp", "curl", "grep", "head", "ls", "mkdir", "python", "tagweave", "tar"}
# What takes long or needs a server is left to the slow tests.
SLOW = re.compile(
    r"^tagweave (serve|demo|finetune|suggest demo)\b|localhost:7860|^python -m finetune|encoder\.toml|\.finetune\(",
    re.MULTILINE,
)
# The encoder of the quick tests is another one: what its models answer is not what the page shows.
BY_MODELS = re.compile(
    r"^tagweave (fit|suggest|evaluate|tag|search .*--semantic)\b|\.(suggest|explain|evaluate|fit)\(", re.MULTILINE
)


_PUNCTUATION = {"|", "||", "&&", "&", ";", "<", ">", ">>"}


def skipped(line: str) -> bool:
    """Tell whether a line of shell is on the list of those that no test runs."""
    return any(re.match(pattern, line) for pattern in SKIPPED)


def programs(line: str) -> set[str]:
    """Return the programs that a line of shell starts."""
    words = list(shlex.shlex(line, posix=True, punctuation_chars=True))
    return {word for before, word in zip(["|", *words], words, strict=False) if before in ("|", "||", "&&", ";", "&")}


def commands(code: str) -> list[str]:
    """Return the commands of a shell block: without comments and prompts, continued lines joined."""
    lines = code.replace("\\\n", " ").splitlines()
    return [line.strip().removeprefix("$ ") for line in lines if line.strip() and not line.strip().startswith("#")]


@dataclass
class Reader:
    """Somebody who follows a page in a folder.

    A `patient` one also waits for what takes long. One who `learns` fits the store as it is: once is enough. One with
    the `same_models` compares what they answer.
    """

    folder: Path
    patient: bool = False
    same_models: bool = False
    learns: bool = False
    namespace: dict[str, Any] = field(default_factory=dict)
    _server: "subprocess.Popen[str] | None" = None
    _url: str = ADDRESS

    def read(self, blocks: list[Block]) -> None:
        """Run every block, and compare what it prints with the output that the page shows below it."""
        with contextlib.chdir(self.folder), contextlib.closing(self):
            for block, after in zip(blocks, [*blocks[1:], None], strict=True):
                printed = self._run(block)
                if printed is not None and after is not None and is_output(after) and self._comparable(block):
                    assert matches(after, printed), f"{after} is not what {block} prints:\n{printed}"

    def _comparable(self, block: Block) -> bool:
        return self.same_models or not BY_MODELS.search(block.code)

    def _run(self, block: Block) -> str | None:
        """Run a block and return what it prints; None for what is not run or prints nothing of interest."""
        if block.file:
            path = self.folder / block.file.lstrip("/")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block.code, "utf-8")
            return None
        if block.language in ("bash", "console"):
            return self._shell(block)
        if block.language == "python":
            return self._python(block)
        return None

    def _python(self, block: Block) -> str | None:
        if not self.patient and SLOW.search(block.code):
            return None
        code = compile(block.code.replace(ADDRESS, self._url), str(block), "exec")
        with contextlib.redirect_stdout(io.StringIO()) as out:
            exec(code, self.namespace)
        return out.getvalue()

    def _shell(self, block: Block) -> str | None:
        todo = [line for line in commands(block.code) if not skipped(line)]
        if not self.patient:
            todo = [line for line in todo if not SLOW.search(line) and (self.learns or line != "tagweave fit shop")]
        if not todo:
            return None
        return "".join(self._command(line.replace(ADDRESS, self._url), block) for line in todo)

    def _command(self, line: str, block: Block) -> str:
        words = shlex.split(line, comments=True)
        assert programs(line) <= PROGRAMS, f"{block}: {line}"
        if words[:2] in (["tagweave", "serve"], ["tagweave", "demo"]):
            self._serve(words[1:])
            return ""
        if words[0] == "tagweave" and not set("|><&;") & set("".join(shlex.shlex(line, punctuation_chars=True))):
            return _tagweave(words[1:], block)
        shell = ["bash", "-euo", "pipefail", "-c", f'tagweave() {{ python -m tagger.cli "$@"; }}; {line}']
        done = subprocess.run(shell, cwd=self.folder, env=_environment(), capture_output=True, text=True, timeout=600)
        assert done.returncode == 0, f"{block}: {line}\n{done.stdout}{done.stderr}"
        return done.stdout

    def _serve(self, words: list[str]) -> None:
        """Start the server at a free port."""
        self.close()
        command = [sys.executable, "-m", "tagger.cli", *words, "--port", "0"]
        self._server = subprocess.Popen(command, cwd=self.folder, env=_environment(), stderr=subprocess.PIPE, text=True)
        assert self._server.stderr is not None
        stuck = threading.Timer(STARTED_S, self._server.kill)
        stuck.start()
        said = ""
        for line in self._server.stderr:
            said += line
            if found := re.search(r"http://[\d.]+:(\d+)", line):
                self._url = f"http://127.0.0.1:{found[1]}"
                break
        else:
            raise AssertionError(said)
        stuck.cancel()

    def close(self) -> None:
        """Stop the server, if one runs."""
        if self._server is not None:
            self._server.terminate()
            # Reads what is left to say, and closes the pipe.
            self._server.communicate(timeout=60)
        self._server, self._url = None, ADDRESS


def _tagweave(words: list[str], block: Block) -> str:
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(io.StringIO()) as err:
        status = main(words)
    assert status == 0, f"{block}: {words}\n{err.getvalue()}"
    return out.getvalue()


def _environment() -> dict[str, str]:
    paths = os.pathsep.join(map(str, (ROOT, THIRD_PARTY)))
    binaries = os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))
    return {**os.environ, "PYTHONPATH": paths, "PATH": binaries, "NO_PROXY": "127.0.0.1", "no_proxy": "127.0.0.1"}


def is_output(block: Block) -> bool:
    """Tell whether a block shows what the block before it prints."""
    return block.language in ("text", "json") and not block.file


def matches(shown: Block, printed: str) -> bool:
    """Compare an output with the one that a page shows: any decimals, bars and spaces match, and … matches anything.

    Omikuji's training has no seed, so rows whose probabilities almost agree may change places.
    """
    if shown.language == "json":
        return _same(json.loads(shown.code), json.loads(printed))
    return any(re.fullmatch("".join(_patterns(code)), _plain(printed), re.DOTALL) for code in _orders(shown.code))


def _orders(shown: str) -> Iterator[str]:
    """Yield an output with its rows of near-equal probability in every order."""
    groups: list[list[str]] = []
    before: float | None = None
    for line in shown.splitlines():
        found = re.search(r" (0\.\d{3}) .*█", line)
        probability = float(found[1]) if found else None
        if probability is not None and before is not None and abs(before - probability) <= NEAR_TIE:
            groups[-1].append(line)
        else:
            groups.append([line])
        before = probability
    for order in itertools.product(*map(itertools.permutations, groups)):
        yield "\n".join(itertools.chain.from_iterable(order))


def _same(shown: Any, printed: Any) -> bool:
    """Compare JSON; the key … stands for further keys, the last item … for further items."""
    if isinstance(shown, dict):
        named = shown.keys() - {"…"}
        more = "…" in shown or named == printed.keys()
        return more and named <= printed.keys() and all(_same(shown[key], printed[key]) for key in named)
    if isinstance(shown, list):
        items = shown[:-1] if shown[-1:] == ["…"] else shown
        fits = len(items) <= len(printed) if items is not shown else len(items) == len(printed)
        return fits and all(map(_same, items, printed))
    if isinstance(shown, float):
        return isinstance(printed, float)
    return shown in ("…", printed)


def _patterns(shown: str) -> Iterator[str]:
    for part in re.split(r"(…|\d+\.\d+|█+| )", _plain(shown)):
        if part == "…":
            yield ".*?"
        elif re.fullmatch(r"\d+\.\d+", part):
            yield r"[\d.e-]+"
        elif part.startswith("█"):
            yield "█*"
        else:
            yield r"\s*" if part == " " else re.escape(part)


def _plain(text: str) -> str:
    return " ".join(text.split())

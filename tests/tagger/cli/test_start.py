"""How the command starts, which stream it writes to, and how it exits."""

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tagger.cli import main

Run = Callable[..., Any]

ROOT = Path(__file__).parents[3]
COMMANDS = (
    "ingest", "fit", "finetune", "suggest", "tag", "watch", "evaluate", "check", "duplicates", "search", "decide",
    "undo", "vocabulary", "serve", "taggers", "info", "export", "demo",
)  # fmt: skip
HEAVY = ("torch", "faiss", "gradio", "duckdb", "sklearn", "pydantic")
HELP_S = 0.3


def seconds(process: Run, *arguments: str) -> float:
    """Return the CPU seconds that a command takes, which do not depend on other processes."""
    before = os.times()
    outcome = process(*arguments)
    after = os.times()
    assert outcome.status == 0
    assert outcome.err == ""
    assert {*COMMANDS} <= {*re.findall(r"^    (\w+)", outcome.out, re.MULTILINE)}
    return after.children_user + after.children_system - before.children_user - before.children_system


def test_help_is_there_within_a_moment(process: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    # Measuring coverage would add to the time.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    assert min(seconds(process, "--help") for _ in range(3)) <= HELP_S


@pytest.mark.parametrize("module", ["tagger", "tagger.cli", "index", "finetune"])
def test_importing_loads_no_heavy_library(module: str) -> None:
    code = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT).stdout
    assert module in loaded.split()
    assert not {name.partition(".")[0] for name in loaded.split()}.intersection(HEAVY)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_and_takes_the_flag_json(tagweave: Run, command: str) -> None:
    outcome = tagweave(command, "--help")
    assert outcome.status == 0
    assert "--json" in outcome.out
    assert "--config FILE" in outcome.out


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ([], "the following arguments are required: COMMAND"),
        (["sing"], "argument COMMAND: invalid choice: 'sing'"),
        (["info"], "the following arguments are required: STORE"),
        (["suggest", "store"], "the following arguments are required: TEXT"),
        (["info", "store", "--colour"], "unrecognized arguments: --colour"),
    ],
)
def test_what_cannot_be_parsed_is_refused_in_one_line(tagweave: Run, arguments: list[str], reason: str) -> None:
    assert tagweave(*arguments).mistake.startswith(reason)


def test_the_arguments_of_the_process_are_taken_where_none_are_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["tagweave", "taggers", "--json"])
    assert main() == 0
    assert json.loads(capsys.readouterr().out)


@pytest.mark.slow
def test_with_json_standard_output_has_one_object_and_all_else_is_on_standard_error(
    process: Run, tmp_path: Path, stocked: Path, products: Path, unseen: Path
) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "settings.toml").write_bytes((stocked / "settings.toml").read_bytes())
    ingested = process("ingest", folder, products, "--json")
    assert ingested.result["accepted"] == 156
    assert "156 products are safe, 0 rows rejected\n" in ingested.err
    size = f"{products.stat().st_size:,}"
    assert f"ingest: {size} of {size} (" in ingested.err
    fitted = process("fit", folder, "--json")
    assert fitted.result["products"] == 156
    assert re.search(r"^encode: 0 of 156 \(\d+ s\)$", fitted.err, re.MULTILINE)
    assert re.search(r"^fit taggers: 5 of 5 \(\d+ s\)$", fitted.err, re.MULTILINE)
    assert process("suggest", folder, "红色的智能手表", "--json").result["tags"]
    evaluated = process("evaluate", folder, unseen, "--json")
    assert evaluated.result["n"] == 31
    assert "evaluate: 31 of 31 (" in evaluated.err


def test_texts_are_printed_where_the_output_is_not_of_unicode(stocked: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    command = [sys.executable, "-m", "tagger.cli", "search", str(stocked), "智能手表", "--limit", "1"]
    for flags in (["--json"], []):
        done = subprocess.run([*command, *flags], env=environment, capture_output=True, check=False)
        assert (done.returncode, done.stderr) == (0, b"")
        if flags:
            assert "智能手表" in json.loads(done.stdout.decode())["products"][0]["title"]


def test_in_a_terminal_bars_show_how_far_the_work_is(tmp_path: Path, products: Path) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    out, err = io.StringIO(), Terminal()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        assert main(["ingest", str(tmp_path / "store"), str(products), "--json"]) == 0
    assert json.loads(out.getvalue())["accepted"] == 156
    size = products.stat().st_size
    assert f"{size}/{size}" in err.getvalue()


def test_a_mistake_prints_nothing_on_standard_output_and_no_traceback(process: Run, tmp_path: Path) -> None:
    outcome = process("info", tmp_path / "none", "--json")
    assert outcome.mistake == f"no store at {tmp_path}/none; create one with: tagweave ingest {tmp_path}/none FILE"
    assert outcome.err.count("\n") == 1


def test_a_reader_that_has_had_enough_is_no_error(stocked: Path) -> None:
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-m", "tagger.cli", "search", str(stocked), "", "--limit", "1000", "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait() == 0


def test_an_interrupt_ends_in_one_line_that_says_how_to_go_on(start: Run, tmp_path: Path) -> None:
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        file.writelines(f'{{"id": "{number}", "title": "mug {number}"}}\n' for number in range(60_000))
    err = tmp_path / "err.txt"
    process = start("ingest", tmp_path / "store", path, "--json", err=err)
    while "are safe" not in err.read_text():
        assert process.poll() is None
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 130
    assert err.read_text().splitlines()[-1] == "tagweave: stopped; run the same command again to go on"
    assert "Traceback" not in err.read_text()

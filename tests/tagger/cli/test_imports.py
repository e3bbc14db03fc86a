"""Which libraries the commands that serve leave alone: each costs seconds or hundreds of megabytes."""

import re
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

Run = Callable[..., Any]

# What trains, draws, reads tables or runs models on a GPU. The encoder and the tagger under test need none of it.
TRAINING = {
    "torch", "transformers", "sentence_transformers", "peft", "tensorboard", "sklearn", "scipy", "pandas",
    "matplotlib", "lightgbm",
}  # fmt: skip
PAGE = {"gradio", "mcp", "fastapi", "uvicorn"}
LIST_MODULES = "import atexit, sys; atexit.register(lambda: print('LOADED', *sys.modules, file=sys.stderr))"


def loaded(process: Run, *arguments: object) -> set[str]:
    """Return the names of the modules that a command has imported when it ends."""
    outcome = process(*arguments, before=LIST_MODULES)
    assert outcome.status == 0, outcome.err
    return listed_modules(outcome.err)


def listed_modules(err: str) -> set[str]:
    [listed] = re.findall(r"^LOADED (.*)$", err, re.MULTILINE)
    names = set(listed.split())
    assert "tagger.cli.commands" in names
    return names


@pytest.mark.parametrize(
    "arguments",
    [
        ("suggest", "{store}", "红色的智能手表 and a red cotton summer dress"),
        ("tag", "{store}", "{products}", "{out}.jsonl"),
        ("tag", "{store}", "{products}", "{out}.csv"),
        ("search", "{store}", "watch", "--semantic", "--tag", "red"),
        ("info", "{store}"),
        ("decide", "{copy}", "accept", "Red cotton summer dress", "dress", "--text"),
    ],
    ids=" ".join,
)
def test_a_command_that_serves_imports_nothing_that_trains_or_draws(
    process: Run, stocked: Path, unseen: Path, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    places = {"store": stocked, "products": unseen, "out": tmp_path / "tagged", "copy": tmp_path / "copy"}
    if arguments[0] == "decide":
        shutil.copytree(stocked, tmp_path / "copy")
    names = loaded(process, *(each.format(**places) for each in arguments))
    assert names & (TRAINING | PAGE) == set()
    if arguments[0] in ("suggest", "tag"):
        assert {"omikuji", "tagger.gbdt"} <= names


def test_a_served_suggestion_needs_no_more(start: Run, stocked: Path, tmp_path: Path) -> None:
    err = tmp_path / "err.txt"
    process = start("serve", stocked, "--port", "0", err=err, before=LIST_MODULES)
    while not (found := re.search(r"Tagweave is at (http://\S+)", err.read_text())):
        assert process.poll() is None
        time.sleep(0.02)
    answer = httpx.post(f"{found[1]}/api/suggest", json={"title": "Red dress"}, trust_env=False, timeout=60)
    assert answer.json()["tags"]
    process.send_signal(signal.SIGINT)
    assert process.wait(60) == 0
    # Gradio brings pandas, once the page is built.
    assert listed_modules(err.read_text()) & (TRAINING - {"pandas"}) == set()

"""Wall time and peak memory of whole processes, from their start to their end or to their first answer."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.main_job import ROOT, WORK, tagweave
from benchmarks.speed.material import STORE, fitted_store, test_file, training_files

_TEXT = "Stainless steel insulated water bottle 750 ml"
_REPEATS = 3
_LONGEST_S = 300
_PAUSE_S = 0.02


def measure() -> dict[str, Any]:
    """Measure the commands. The first suggestion is not counted: it prepares the encoder for this machine."""
    fitted_store()
    tagweave("suggest", STORE, _TEXT)
    return {
        "suggest": _median([tagweave("suggest", STORE, _TEXT) for _ in range(_REPEATS)]),
        "tag": _median([_tag() for _ in range(_REPEATS)]),
        "serve": _median([_first_answer("serve", str(STORE)) for _ in range(_REPEATS)]),
        "demo": _demo(),
        "fit": _fit(),
    }


def _median(runs: list[dict[str, Any]]) -> dict[str, float]:
    return {figure: median(run[figure] for run in runs) for figure in ("wall_seconds", "peak_mib")}


def _tag() -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        return tagweave("tag", STORE, test_file(), Path(folder) / "tagged.jsonl")


def _fit() -> dict[str, float]:
    """Fit a new store, which has no vectors."""
    store = WORK / "speed-fit"
    shutil.rmtree(store, ignore_errors=True)
    tagweave("ingest", store, *training_files())
    return _median([tagweave("fit", store)])


def _demo() -> dict[str, float]:
    """Start the demo with an empty cache folder: it unpacks the weights, and creates its store."""
    with tempfile.TemporaryDirectory() as cache:
        return _median([_first_answer("demo", environment={"XDG_CACHE_HOME": cache})])


def _first_answer(*command: str, environment: Mapping[str, str] | None = None) -> dict[str, float]:
    """Start a server, and stop it when it has answered its first request for a suggestion."""
    port = _free_port()
    start = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "tagger.cli", *command, "--port", str(port)],
        cwd=ROOT,
        env={**os.environ, **(environment or {})},
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for_answer(port, process, start + _LONGEST_S)
        spent = time.perf_counter() - start
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGINT)
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall_seconds": spent, "peak_mib": usage.ru_maxrss / 1024}


def _wait_for_answer(port: int, process: subprocess.Popen[bytes], latest: float) -> None:
    body = json.dumps({"title": _TEXT}).encode()
    request = urllib.request.Request(f"http://127.0.0.1:{port}/api/suggest", body, {"Content-Type": "application/json"})
    while True:
        try:
            with urllib.request.urlopen(request, timeout=_LONGEST_S) as answer:
                assert json.load(answer)["tags"], "the server suggested nothing"
                return
        except urllib.error.HTTPError as error:
            raise RuntimeError(f"the server answered {error.code}: {error.read().decode()}") from error
        except OSError as error:
            if process.poll() is not None or time.perf_counter() > latest:
                raise RuntimeError("the server does not answer") from error
        time.sleep(_PAUSE_S)


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
        return port

"""Send generated requests to every operation of /v1: valid ones, wrong ones, and the edges of the schema."""

import os
import subprocess
import sys
from pathlib import Path

from benchmarks.service import Server
from benchmarks.soak.shop import ROOT, THIRD_PARTY

_LONGEST_S = 2


def fuzz(folder: Path, examples: int, seed: int) -> None:
    """Send about this many requests to each operation of a served store.

    Raises `CalledProcessError` if an answer is an error of the server, or takes more than two seconds.
    """
    os.environ["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(THIRD_PARTY), os.environ.get("PYTHONPATH", "")])
    with Server(folder) as server:
        command = [sys.executable, "-m", "schemathesis.cli", "run", f"{server.url}/v1/openapi.json"]
        command += ["--url", f"{server.url}/v1", "--max-examples", str(examples), "--seed", str(seed)]
        # All but the fuzzing is the same with each seed.
        command += ["--phases", "fuzzing" if seed else "examples,coverage,fuzzing", "--mode", "all", "--no-color"]
        command += ["--checks", "not_a_server_error", "--request-timeout", str(_LONGEST_S)]
        subprocess.run(command, check=True)

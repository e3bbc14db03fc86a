"""Run the main job on real products through the command line: ingest, fit, evaluate.

    python -m benchmarks.main_job [--models MODELS] [SET ...]

MODELS is what `python -m finetune.products` wrote: each set is measured with the encoder that was trained without it
and its relatives. Without it, the packaged encoder is used, which has seen the sets' training parts.
Writes one JSON file per set to benchmarks/results/, and benchmarks/RESULTS.md from all of them. Vectors of an earlier
run are reused; remove .bench to start from scratch.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.datasets import SHARED, split
from benchmarks.held_out_models import settings_without
from benchmarks.report import RESULTS, SETS, write_report

ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".bench"
_LIBRARIES = ("torch", "sentence-transformers", "faiss-cpu", "omikuji", "lightgbm", "scikit-learn", "duckdb")


def main(sets: list[str], models: Path | None) -> None:
    """Measure the named sets (by default all, and the ingest of the largest), and write the report."""
    RESULTS.mkdir(exist_ok=True)
    for name in sets or SETS:
        save(name, measure(name, models))
    if not sets:
        save("ingest", measure_ingest())
    write_report()


def measure(name: str, models: Path | None) -> dict[str, Any]:
    """Run the three commands on one set."""
    parts = split(name, WORK / "data")
    store = WORK / name
    ingested = tagweave("ingest", store, parts["train"])
    fitted = tagweave("fit", store, *(["--config", _config(models, name)] if models else []))
    return {
        "set": name,
        "held out": models is not None,
        "machine": machine(),
        "ingest": ingested,
        "fit": fitted,
        "test": tagweave("evaluate", store, parts["test"]),
    }


def _config(models: Path, name: str) -> Path:
    """Write a file of settings that names the models trained without the set."""
    settings = settings_without(models, name, WORK / "models")
    options = {"encoder.options": settings["encoder"]["options"]}
    options |= {f"taggers.{tagger}.options": each["options"] for tagger, each in settings["taggers"].items()}
    tables = [
        f"[{table}]\n" + "".join(f"{key} = {json.dumps(value)}\n" for key, value in values.items())
        for table, values in options.items()
    ]
    path = WORK / "models" / f"{name}.toml"
    path.write_text("\n".join(tables), "utf-8")
    return path


def measure_ingest() -> dict[str, Any]:
    """Ingest the largest set into a new store. Return the time and the peak memory of the process."""
    store = WORK / f"ingest-{int(time.time())}"
    return {"machine": machine(), **tagweave("ingest", store, SHARED / "zh_crawl_categories.jsonl.gz")}


def tagweave(*arguments: object) -> dict[str, Any]:
    """Run a command. Return its JSON with the wall time in seconds and the peak memory in MiB."""
    command = [sys.executable, "-m", "tagger.cli", *map(str, arguments), "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        # wait4 reports on this process only; getrusage would return the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {**json.loads(printed), "wall_seconds": time.perf_counter() - start, "peak_mib": usage.ru_maxrss / 1024}


def machine() -> dict[str, Any]:
    """Describe the machine and the library versions."""
    return {
        "cpus": os.cpu_count(),
        "processor": _processor(),
        "python": platform.python_version(),
        "libraries": {name: version(name) for name in _LIBRARIES},
        "date": time.strftime("%Y-%m-%d"),
    }


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def save(name: str, result: dict[str, Any]) -> None:
    """Write a result's JSON."""
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--models", type=Path)
    parser.add_argument("sets", nargs="*", metavar="SET")
    options = parser.parse_args()
    main(options.sets, options.models)

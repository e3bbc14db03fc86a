"""The main job on real products: ingest, fit, evaluate, through the command line.

    python -m benchmarks.main_job [SET ...]

Writes one JSON a set into benchmarks/results/, and benchmarks/RESULTS.md from all of them. A set whose store is
already fitted is only evaluated again; remove .bench to start anew.
"""

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

SETS = ("en_bestbuy", "en_flipkart", "zh_advertisegen", "zh_crawl_categories")
ROOT = Path(__file__).resolve().parents[1]
WORK = ROOT / ".bench"
RESULTS = ROOT / "benchmarks" / "results"
_LIBRARIES = ("torch", "sentence-transformers", "faiss-cpu", "omikuji", "lightgbm", "scikit-learn", "duckdb")
_COLUMNS = ("micro_f1", "macro_f1", "precision@1", "precision@5", "recall@5", "recall@20", "ndcg@5", "ndcg@10", "ece")


def main(sets: list[str]) -> None:
    """Measure the named sets, and the ingest of the largest, and write the report."""
    RESULTS.mkdir(exist_ok=True)
    for name in sets or SETS:
        _save(name, measure(name))
    if not sets:
        _save("ingest", measure_ingest())
    (ROOT / "benchmarks" / "RESULTS.md").write_text(report(), "utf-8")


def measure(name: str) -> dict[str, Any]:
    """Run the three commands on one set."""
    parts = split(name, WORK / "data")
    store = WORK / name
    ingested = tagweave("ingest", store, parts["train"])
    fitted = tagweave("fit", store)
    return {
        "set": name,
        "machine": machine(),
        "ingest": ingested,
        "fit": fitted,
        "test": tagweave("evaluate", store, parts["test"]),
    }


def measure_ingest() -> dict[str, Any]:
    """Ingest the largest set into a new store, and take the time and the peak memory of the whole process."""
    store = WORK / f"ingest-{int(time.time())}"
    return {"machine": machine(), **tagweave("ingest", store, SHARED / "zh_crawl_categories.jsonl.gz")}


def tagweave(*arguments: object) -> dict[str, Any]:
    """Run one command and return its JSON with the seconds and the peak memory of that whole process."""
    command = [sys.executable, "-m", "tagger.cli", *map(str, arguments), "--json"]
    start = time.perf_counter()
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        printed = process.stdout.read()
        # wait4 tells of this process alone; getrusage would give the largest of all children so far.
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise subprocess.CalledProcessError(process.returncode, command)
    return {**json.loads(printed), "wall_seconds": time.perf_counter() - start, "peak_mib": usage.ru_maxrss / 1024}


def machine() -> dict[str, Any]:
    """Describe what the figures were taken on."""
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


def _save(name: str, result: dict[str, Any]) -> None:
    (RESULTS / f"{name}.json").write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


def report() -> str:
    """Write all saved results as Markdown."""
    saved = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    sets = [saved[name] for name in SETS if name in saved]
    parts = [_INTRODUCTION, _summary(sets), *(_section(each) for each in sets)]
    if "ingest" in saved:
        parts.append(_ingest_section(saved["ingest"]))
    if "generator" in saved:
        parts.append(_generator_section(saved["generator"]))
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
# Results

Written by `make bench` (`python -m benchmarks.main_job`); the JSON behind each table is in `results/`.

Each set is split by the MD5 of title and description: the first tenth is the test, the second is left for
development, the rest is ingested and fitted; of larger sets the first 8,000 products. Everything that is tuned
(ranker, calibration, thresholds, temperature) is tuned on out-of-fold predictions over the training part, so that no
figure below has seen its test products. The seed is 0; Omikuji's clustering has none, so that a second run differs in
the third digit. Single taggers have a threshold of their own, tuned the same way. The generator takes part in its own
section only."""


def _summary(sets: list[dict[str, Any]]) -> str:
    lines = ["## Fused against the best single tagger (micro-F1, test tenth)", ""]
    lines += ["| set | training products | fused | best single | gain | fit, s (encoding) |", "|---" * 6 + "|"]
    for each in sets:
        systems = each["test"]["systems"]
        single, best = max(((n, s["micro_f1"]) for n, s in systems.items() if n != "fused"), key=lambda pair: pair[1])
        fused = systems["fused"]["micro_f1"]
        fit = each["fit"]
        lines.append(
            f"| {each['set']} | {fit['products']:,} | **{fused:.4f}** | {best:.4f} ({single}) | {fused - best:+.4f} "
            f"| {fit['seconds']:.0f} ({fit['stages']['encode']:.0f}) |"
        )
    return "\n".join(lines)


def _section(result: dict[str, Any]) -> str:
    lines = [f"## {result['set']}", "", f"{result['test']['n']:,} test products. {_machine(result['machine'])}", ""]
    lines += [f"| system | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for system, figures in result["test"]["systems"].items():
        lines.append(f"| {system} | " + " | ".join(f"{figures[column]:.4f}" for column in _COLUMNS) + " |")
    return "\n".join(lines)


def _ingest_section(result: dict[str, Any]) -> str:
    return (
        "## Ingest of zh_crawl_categories\n\n"
        f"{result['accepted']:,} of {result['read']:,} rows in {result['wall_seconds']:.1f} s, peak memory "
        f"{result['peak_mib']:,.0f} MiB. {_machine(result['machine'])}"
    )


_GENERATOR = """\
## The generator

Written by `python -m benchmarks.generator`. `unchanged` is the base as it ships, which has read other products of some
of these sets ([its card](../tagger/weights/t5-products/README.md)) and here sees the store's products only as neighbours;
`tuned` has a LoRA adapter from the training part. Alone, with its own threshold; the last columns are fused with it, the
difference to fused without it, and that difference's 95 % interval (paired bootstrap over products, 2,000 draws)."""


def _generator_section(results: dict[str, Any]) -> str:
    lines = [_GENERATOR, ""]
    lines += ["| base | set | alone | kNN alone | fused | difference | interval |", "|---" * 7 + "|"]
    for key, each in results.items():
        step, _, name = key.partition(" ")
        if step in ("unchanged", "tuned"):
            difference = each["difference"]
            lines.append(
                f"| {step} | {name} | {each['generator']['micro_f1']:.4f} | {each['knn']['micro_f1']:.4f} "
                f"| {each['fused']:.4f} | {difference['mean']:+.4f} | {difference['low']:+.4f} to {difference['high']:+.4f} |"
            )
    for key, each in results.items():
        step, _, name = key.partition(" ")
        if step == "new":
            lines.append(
                f"\nNew tags, {name}: {each['taken out']} tags were taken out of every training product; of "
                f"{each['wanted']} that are right and stand in the text, {each['recall']:.1%} are among the first ten, "
                f"marked new. Of {each['new shown']} new tags shown, {each['unsupported']:.1%} do not stand in the text."
            )
        if step == "speed":
            median = each["median seconds"]
            lines.append(
                f"\nOne product: CTranslate2 {1000 * median['ctranslate2']:.0f} ms, transformers "
                f"{1000 * median['transformers']:.0f} ms (medians, turn by turn), {each['ratio']:.1f} times as fast; in "
                f"batches of 32 CTranslate2 does {each['batch ratio']:.1f} times the products a second. The same first "
                f"tag on {each['same first tag']:.1%} of {each['products']:,} products."
            )
    return "\n".join(lines)


def _machine(machine: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    return (
        f"{machine['cpus']} cores ({machine['processor']}), Python {machine['python']}, {libraries}; {machine['date']}."
    )


if __name__ == "__main__":
    main(sys.argv[1:])

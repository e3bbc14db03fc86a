"""What the script of every rival does around the rival itself: read the parts, take the time, write what it says.

A script runs in a virtual environment of its own, so nothing of this project can be imported here.
"""

import argparse
import json
import resource
import time
from collections.abc import Callable, Mapping
from pathlib import Path

LIMIT = 50

Suggest = Callable[[list[str]], list[list[tuple[str, float]]]]
Fit = Callable[[list[str], list[list[str]]], Suggest]


def main(systems: Mapping[str, Fit], clock: Callable[[], float] = time.perf_counter) -> None:
    """Fit each system on the training part, and write what it suggests for the other two; what is there stays."""
    parser = argparse.ArgumentParser()
    parser.add_argument("data", type=Path, help="a folder with train.jsonl, validation.jsonl and test.jsonl")
    parser.add_argument("out", type=Path, help="the folder that results go to, a file for each system")
    options = parser.parse_args()
    texts, tags = read(options.data / "train.jsonl")
    for name, fit in systems.items():
        path = options.out / f"{name}.json"
        if path.is_file():
            continue
        start = clock()
        suggest = fit(texts, tags)
        fitted = clock()
        parts = {part: suggest(read(options.data / f"{part}.jsonl")[0]) for part in ("validation", "test")}
        seconds = {"fit": fitted - start, "predict": clock() - fitted}
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        written = json.dumps({"seconds": seconds, "peak_mib": peak, **parts}, ensure_ascii=False)
        half = path.with_suffix(".half")
        half.write_text(written, "utf-8")
        half.rename(path)


def best(scores: Mapping[str, float]) -> list[tuple[str, float]]:
    """Return the best tags, ties by name."""
    return sorted(((tag, float(score)) for tag, score in scores.items()), key=lambda pair: (-pair[1], pair[0]))[:LIMIT]


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return a file's texts, and the tags of each."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row["text"] for row in rows], [row["tags"] for row in rows]

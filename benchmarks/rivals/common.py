"""The part that all rival scripts share: read the data, measure the time, write the suggestions.

Each script runs in its own virtual environment, so it cannot import anything from this project.
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
    """Fit each system on the training part and write its suggestions for the other two. Existing results are kept."""
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
    """Return the best tags, ties broken by name."""
    return sorted(((tag, float(score)) for tag, score in scores.items()), key=lambda pair: (-pair[1], pair[0]))[:LIMIT]


def read(path: Path) -> tuple[list[str], list[list[str]]]:
    """Return the texts of a file and the tags of each."""
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    return [row["text"] for row in rows], [row["tags"] for row in rows]

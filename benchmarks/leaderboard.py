"""Train and measure every system of the leaderboard on two data sets.

    python -m benchmarks.leaderboard [--only NAME,...] [SET ...]

Each system that has a result is skipped; remove its file in .bench/leaderboard/SET/leaderboard to measure it again. In
the set en_bestbuy_deepest each product of en_bestbuy has one tag, its deepest category, so that the accuracy is that of
the most probable tag.
"""

import argparse
import gzip
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.datasets import SHARED
from benchmarks.main_job import WORK, machine
from benchmarks.report import RESULTS, write_report
from tagger import Tagger

DEEPEST = "_deepest"
SETS = ("en_bestbuy", f"en_bestbuy{DEEPEST}", "zh_advertisegen")
FILE = RESULTS / "leaderboard.json"


def main(sets: Sequence[str], only: Sequence[str]) -> None:
    """Measure, and write the results, the report and a picture for each set."""
    found: dict[str, Any] = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {"sets": {}}
    for name in sets or SETS:
        board = store_of(name).leaderboard(
            only=only, plot=RESULTS.parent / f"leaderboard_{name}.png", progress=lambda *said: print(*said, flush=True)
        )
        found["sets"][name] = board.as_dict()
        found["machine"] = machine()
        FILE.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")
        write_report()


def store_of(name: str) -> Tagger:
    """Open the store of a set, or create it."""
    folder = WORK / "leaderboard" / name
    if (folder / "catalogue.duckdb").is_file():
        return Tagger.open(folder)
    path = SHARED / f"{name.removesuffix(DEEPEST)}.jsonl.gz"
    return Tagger.create(folder, _records(path, deepest=name.endswith(DEEPEST)))


def _records(path: Path, *, deepest: bool) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = [json.loads(line) for line in file]
    return [
        {
            **{field: row[field] for field in ("id", "title", "description", "lang")},
            "tags": row["tag_facets"]["category"][-1:] if deepest else row["tags"],
        }
        for row in rows
    ]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--only", default="", metavar="NAME,...")
    options = parser.parse_args()
    main(options.sets, [name for name in options.only.split(",") if name])

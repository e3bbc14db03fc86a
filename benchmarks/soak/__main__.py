"""Run the long tests in full, and resume them: `python -m benchmarks.soak flips|kills|operations|fuzz`.

The results are in `build/soak`, one line a trial; delete a file to begin it again.
"""

import argparse
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from benchmarks.soak import flips, fuzz, kills, operations, shop

OUT = Path("build/soak")
FLIPS, KILLS, OPERATIONS, REQUESTS = 5000, 500, 50_000, 2000
_EXAMPLES = 20
_REQUESTS = 25


def _trials(name: str, count: int) -> Iterator[int]:
    """Yield the numbers of the trials that are not yet done."""
    path = OUT / f"{name}.jsonl"
    done = len(path.read_text("utf-8").splitlines()) if path.is_file() else 0
    for number in range(done, count):
        yield number
        if number % 50 == 49:
            print(f"{name}: {number + 1} of {count}", flush=True)


def _record(name: str, values: dict[str, object]) -> None:
    with (OUT / f"{name}.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(values, ensure_ascii=False) + "\n")


def run_flips(count: int) -> None:
    """Flip bits of a new store."""
    folder = _empty("flips-shop")
    folder.mkdir()
    shop.make_shop(folder)
    shop.leave_log(folder)
    expected = flips.answers(folder)
    for number in _trials("flips", count):
        _record("flips", asdict(flips.flip(folder, number, expected)))
    outcomes = Counter(json.loads(line)["outcome"] for line in (OUT / "flips.jsonl").read_text("utf-8").splitlines())
    print(f"flips: {dict(outcomes)}")
    assert not outcomes["missed"]


def run_kills(count: int) -> None:
    """Kill writers of a new store."""
    folder = _empty("kills-shop")
    state, number = kills.make_store(folder), 0
    for trial in _trials("kills", count):
        first = number
        state, number, opened_s = kills.kill_once(folder, state, first, trial)
        _record("kills", {"trial": trial, "operations": number - first, "opened_s": round(opened_s, 4)})
    lines = [json.loads(line) for line in (OUT / "kills.jsonl").read_text("utf-8").splitlines()]
    slowest = max(each["opened_s"] for each in lines)
    print(f"kills: {len(lines)}, operations {sum(each['operations'] for each in lines)}, slowest opening {slowest} s")


def run_operations(count: int) -> None:
    """Compare a store with a dictionary."""
    per_trial = _EXAMPLES * operations.STEPS
    for number in _trials("operations", count // per_trial):
        operations.run(number, _EXAMPLES)
        _record("operations", {"trial": number, "operations": per_trial})


def run_fuzz(count: int) -> None:
    """Send generated requests to a new store, this many to each operation."""
    folder = _empty("fuzz-shop")
    folder.mkdir()
    shop.make_shop(folder)
    # In parts, each with a seed of its own, so that a run can be resumed.
    for number in _trials("fuzz", max(count // _REQUESTS, 1)):
        fuzz.fuzz(folder, min(count, _REQUESTS), number)
        _record("fuzz", {"trial": number, "examples": min(count, _REQUESTS)})


def _empty(name: str) -> Path:
    shutil.rmtree(OUT / name, ignore_errors=True)
    return OUT / name


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=["flips", "kills", "operations", "fuzz"])
    parser.add_argument(
        "--count", type=int, default=0, help="trials, operations or requests, instead of the full number"
    )
    given = parser.parse_args()
    OUT.mkdir(parents=True, exist_ok=True)
    for part in given.parts:
        full = {"flips": FLIPS, "kills": KILLS, "operations": OPERATIONS, "fuzz": REQUESTS}[part]
        run = {"flips": run_flips, "kills": run_kills, "operations": run_operations, "fuzz": run_fuzz}[part]
        run(given.count or full)

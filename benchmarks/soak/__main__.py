"""Flip bits of a store's files, and resume where the last run ended: `python -m benchmarks.soak`.

The results are in `build/soak/flips.jsonl`, one line a trial; delete the file to begin again.
"""

import argparse
import json
import shutil
from collections import Counter
from dataclasses import asdict
from pathlib import Path

from benchmarks.soak.flips import answers, flip
from benchmarks.soak.shop import leave_log, make_shop

OUT = Path("build/soak")
FLIPS = 5000


def run_flips(count: int) -> None:
    """Flip bits of a new store; the number of a trial is its seed."""
    shutil.rmtree(OUT / "shop", ignore_errors=True)
    (OUT / "shop").mkdir(parents=True)
    make_shop(OUT / "shop")
    leave_log(OUT / "shop")
    path, expected = OUT / "flips.jsonl", answers(OUT / "shop")
    done = len(path.read_text("utf-8").splitlines()) if path.is_file() else 0
    with path.open("a", encoding="utf-8") as file:
        for number in range(done, count):
            file.write(json.dumps(asdict(flip(OUT / "shop", number, expected))) + "\n")
            file.flush()
    outcomes = Counter(json.loads(line)["outcome"] for line in path.read_text("utf-8").splitlines())
    print(dict(outcomes))
    assert not outcomes["missed"]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=FLIPS, help="number of flips (default: %(default)s)")
    run_flips(parser.parse_args().count)

"""A real catalogue of 109,373 products."""

import gzip
import os
import resource
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
CATEGORIES = ROOT.parent / "shared" / "data" / "zh_crawl_categories.jsonl.gz"
ROWS = 109_373
MOST_S = 60
MOST_BYTES = int(1.5 * 2**30)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not CATEGORIES.is_file(), reason=f"the data set is not at {CATEGORIES}")
def test_a_hundred_thousand_rows_come_in_within_a_minute_and_a_gigabyte_and_a_half(tmp_path: Path) -> None:
    with gzip.open(CATEGORIES) as file:
        assert sum(1 for _ in file) == ROWS
    err = tmp_path / "err.txt"
    begun = time.perf_counter()
    with err.open("w") as file:
        command = [sys.executable, "-m", "tagger.cli", "ingest", str(tmp_path / "store"), str(CATEGORIES), "--json"]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=file, text=True, cwd=ROOT)
    assert process.stdout is not None
    with process.stdout as out:
        printed = out.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    took = time.perf_counter() - begun
    assert (process.returncode, f'"read": {ROWS}, "accepted": {ROWS}, "rejected": 0' in printed) == (0, True)
    assert took < MOST_S
    assert peak_bytes(usage) < MOST_BYTES
    print(f"{ROWS:,} rows in {took:.1f} s, {peak_bytes(usage) / 2**20:,.0f} MiB at most")


def peak_bytes(usage: resource.struct_rusage) -> int:
    # Linux counts in KiB, macOS in bytes.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)

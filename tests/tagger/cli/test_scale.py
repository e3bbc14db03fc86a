"""A real catalogue of 109,373 products."""

import gzip
import re
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

CATEGORIES = Path(__file__).parents[4] / "shared" / "data" / "zh_crawl_categories.jsonl.gz"
ROWS = 109_373
MOST_S = 60
MOST_MIB = 1.5 * 1024
# The process reports its own peak memory, because the peak that `wait` reports includes the parent's.
PEAK_TOLD = (
    "import atexit, pathlib, sys; "
    "atexit.register(lambda: sys.stderr.write(pathlib.Path('/proc/self/status').read_text()))"
)


@pytest.mark.shared
@pytest.mark.slow
@pytest.mark.skipif(not CATEGORIES.is_file(), reason=f"the data set is not at {CATEGORIES}")
@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process's peak in /proc")
def test_a_hundred_thousand_rows_come_in_within_a_minute_and_a_gigabyte_and_a_half(
    process: Run, tagweave: Run, tmp_path: Path
) -> None:
    with gzip.open(CATEGORIES) as file:
        assert sum(1 for _ in file) == ROWS
    begun = time.perf_counter()
    outcome = process("ingest", tmp_path / "store", CATEGORIES, "--json", before=PEAK_TOLD)
    took = time.perf_counter() - begun
    assert (outcome.result["read"], outcome.result["accepted"], outcome.result["rejected"]) == (ROWS, ROWS, 0)
    [peak_kib] = re.findall(r"^VmHWM:\s+(\d+) kB$", outcome.err, re.MULTILINE)
    assert took < MOST_S
    assert int(peak_kib) / 1024 < MOST_MIB
    assert tagweave("info", tmp_path / "store", "--json").result["products"] == ROWS
    print(f"{ROWS:,} rows in {took:.1f} s, {int(peak_kib) / 1024:,.0f} MiB at most")

"""Measure speed: all parts, or the named ones.

    python -m benchmarks.speed [PART ...]

Everything that is compared runs in one process, in alternation. Each part's result is written to
benchmarks/results/speed.json as soon as it is ready; parts that are not named keep their earlier results. Run it on a
machine that does nothing else: all of it takes about ten minutes on two cores.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from benchmarks.main_job import ROOT, machine
from benchmarks.report import RESULTS, write_report
from benchmarks.speed import encoder, generator, index, limits, pipeline, rivals, start

FILE = RESULTS / "speed.json"

# In the order in which they run.
PARTS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "limits": limits.measure,
    "encoder": encoder.measure,
    "index": index.measure,
    "generator": generator.measure,
    "pipeline": pipeline.measure,
    "profile": pipeline.profile,
    "rivals": rivals.measure,
    "start": start.measure,
}


def main(parts: Sequence[str]) -> None:
    """Run the parts, each in a process of its own, and write their results and the report."""
    if len(parts) != 1:
        for name in parts or PARTS:
            # A child's peak memory counts from that of its parent, and other parts need gigabytes.
            subprocess.run([sys.executable, "-m", "benchmarks.speed", name], cwd=ROOT, check=True)
        return
    for name in parts:
        start, load = time.perf_counter(), os.getloadavg()[0]
        found = PARTS[name]()
        result = {"machine": machine(), "load": load, "seconds": time.perf_counter() - start, **found}
        saved = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
        ordered = {part: each for part in PARTS if (each := {**saved, name: result}.get(part))}
        FILE.write_text(json.dumps(ordered, indent=1, ensure_ascii=False) + "\n", "utf-8")
        write_report()
        print(name, json.dumps(result, ensure_ascii=False), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"one of {', '.join(PARTS)}")
    asked = parser.parse_args().parts
    if unknown := sorted(set(asked) - PARTS.keys()):
        parser.error(f"no part {unknown[0]!r}; available: {', '.join(PARTS)}")
    main(asked)

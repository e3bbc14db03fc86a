"""Shared parts of the training programs: flags, logs, the work folder and the exit status."""

import argparse
import contextlib
import json
import logging
import shutil
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.output import refuse_occupied
from index.errors import TagweaveError
from index.progress import Progress

log = logging.getLogger(__name__)

_QUIET_S = 30.0
_USER_MISTAKE, _STOPPED = 2, 130

# Takes the options and the work folder; returns what to print.
Run = Callable[[argparse.Namespace, Path], Mapping[str, Any]]


def parser_of(module: str, description: str | None, *, seed: int, epochs: int | None = None) -> argparse.ArgumentParser:
    """Return a parser with the flags that all training programs share, and these defaults; some count no epochs."""
    parser = argparse.ArgumentParser(
        prog=f"python -m {module}",
        description=description,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="where the model is written to")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing model")
    parser.add_argument("--work", type=Path, metavar="FOLDER", help="checkpoints; a killed training resumes from them")
    if epochs is not None:
        parser.add_argument("--epochs", type=int, default=epochs, metavar="N")
    parser.add_argument("--seed", type=int, default=seed, metavar="N")
    return parser


def run_program(parser: argparse.ArgumentParser, run: Run, arguments: Sequence[str] | None) -> int:
    """Run a training program; return its exit status: 2 on a user's mistake, with one clear line.

    The work folder stays until the model is written, so that the same command resumes after a stop.
    """
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(message)s", stream=sys.stderr)
    work: Path = options.work or options.out.with_name(f"{options.out.name}.training")
    try:
        refuse_occupied(options.out, overwrite=options.overwrite)
        print(json.dumps(run(options, work)))
        _clear(work)
    except TagweaveError as error:
        print(error, file=sys.stderr)
        return _USER_MISTAKE
    except KeyboardInterrupt:
        print("stopped; run the same command again to go on", file=sys.stderr)
        return _STOPPED
    return 0


def training_folder(work: Path) -> Path:
    """Return the subfolder of a work folder that holds the checkpoints."""
    return work / "training"


def _clear(work: Path) -> None:
    """Remove a training's own files from its work folder, and the folder if it is then empty."""
    for own in (work / "weights", work / "vectors", training_folder(work)):
        shutil.rmtree(own, ignore_errors=True)
    with contextlib.suppress(OSError):
        work.rmdir()


def log_progress() -> Progress:
    """Return a progress callback that logs a line at most every half minute, and at the end of each stage."""
    last = 0.0

    def line(stage: str, done: int, total: int) -> None:
        nonlocal last
        if time.monotonic() - last > _QUIET_S or done == total:
            last = time.monotonic()
            log.info("%s: %d of %d", stage, done, total)

    return line

"""The command line `tagweave`: parses, calls one function, prints what it returns."""

import io
import json
import logging
import os
import sys
from collections.abc import Sequence
from typing import TextIO

from index.errors import TagweaveError
from tagger.cli.parser import parse_args

_USER_MISTAKE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status: 0, or 2 on a mistake of the user, with one clear line."""
    options = parse_args(arguments)
    # Threads that spin while they wait starve whatever else runs on a small machine.
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    logging.basicConfig(level=logging.WARNING, format="%(message)s", stream=sys.stderr)
    for name in ("index", "tagger", "finetune"):
        logging.getLogger(name).setLevel(logging.INFO)
    try:
        result = options.run(options)
        _settle(sys.stdout, json=options.json)
        if options.json:
            sys.stdout.write(json.dumps(result, ensure_ascii=False) + "\n")
        else:
            options.show(result)
        sys.stdout.flush()
    except BrokenPipeError:
        # Who reads has had enough, as `head` does; Python would complain once more on its way out.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (TagweaveError, OSError) as error:
        sys.stderr.write(f"tagweave: {' '.join(str(error).splitlines())}\n")
        return _USER_MISTAKE
    except KeyboardInterrupt:
        sys.stderr.write("tagweave: stopped; run the same command again to go on\n")
        return 130
    return 0


def _settle(stream: TextIO, *, json: bool) -> None:
    """Let every text be printed wherever the output goes: JSON is UTF-8, a table does without what it cannot show."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8" if json else stream.encoding, errors="replace")

"""The command line `tagweave`: parse the arguments, call one function, print its result."""

import io
import json
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TextIO

from index.errors import TagweaveError, message_of
from index.messages import Language, Message
from tagger.cli.parser import parse_args

_USER_MISTAKE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; return the exit status: 0, 2 after one clear line on a user's mistake, 130 if interrupted."""
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
        # The reader closed the pipe, as `head` does; without this, Python would fail again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (TagweaveError, OSError) as error:
        message = message_of(error)
        sys.stderr.write(f"tagweave: {' '.join(message.text(_language(os.environ)).splitlines())}\n")
        if options.error_file:
            _write_error(options.error_file, message)
        return _USER_MISTAKE
    except KeyboardInterrupt:
        sys.stderr.write("tagweave: stopped; run the same command again to go on\n")
        return 130
    return 0


def _write_error(path: Path, message: Message) -> None:
    try:
        path.write_text(json.dumps(message.as_dict(), ensure_ascii=False), "utf-8")
    except OSError as error:
        sys.stderr.write(f"tagweave: {error}\n")


def _language(environment: Mapping[str, str]) -> Language:
    """Return the language of messages, by the variables that POSIX reads for it."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_MESSAGES", "LANG"))), "")
    return "zh" if locale.startswith("zh") else "en"


def _settle(stream: TextIO, *, json: bool) -> None:
    """Make every text printable: JSON is UTF-8; in tables, characters that the encoding lacks are replaced."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(encoding="utf-8" if json else stream.encoding, errors="replace")

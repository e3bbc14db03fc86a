"""Flip one bit of a store's files: the change is detected and named, or the store answers as before."""

import logging
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.soak.shop import UNACKNOWLEDGED
from index.catalogue.query import Query
from index.errors import TagweaveError
from index.product import make_product
from index.store import Store
from tagger.load import describe, open_pipeline
from tagger.maintenance.inspection import inspect

_ASKED = [make_product("blue mug with a lid"), make_product("白色台灯"), make_product("nothing of the kind")]


@dataclass(frozen=True)
class Flip:
    """What became of one flipped bit: detected by a use of the store, by an inspection, harmless, or missed."""

    file: str
    bit: int
    outcome: str


def files_of(folder: Path) -> list[Path]:
    """Return the files that a flip can hit."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.stat().st_size)


def flip(folder: Path, number: int, expected: dict[str, Any]) -> Flip:
    """Flip the bit of this number, use the store, and put the bit back; `expected` is what `answers` gave before."""
    choice = random.Random(number)
    paths = files_of(folder)
    # By files and by bytes in turn: most bytes are the catalogue's.
    weights = [path.stat().st_size if number % 2 else 1 for path in paths]
    [path] = choice.choices(paths, weights)
    content = path.read_bytes()
    bit = choice.randrange(8 * len(content))
    others = {each: each.read_bytes() for each in paths if each.name.startswith(("catalogue.", "manifest.", "rules."))}
    changed = bytearray(content)
    changed[bit // 8] ^= 1 << bit % 8
    path.write_bytes(changed)
    try:
        outcome = _outcome(folder, path, expected)
    finally:
        for each, former in {**others, path: content}.items():
            each.write_bytes(former)
        # DuckDB may have left a log of its own.
        for each in set(files_of(folder)) - set(paths):
            each.unlink()
    return Flip(str(path.relative_to(folder)), bit, outcome)


def _outcome(folder: Path, path: Path, expected: dict[str, Any]) -> str:
    # Before it is used: a damaged file of vectors is removed then.
    inspected = any(each.path == path for each in _inspected(folder))
    with _lines_of_log() as lines:
        try:
            found = answers(folder)
        except (TagweaveError, OSError) as error:
            lines.append(str(error))
            found = None
    if any(path.name in line for line in lines):
        return "detected at use"
    if inspected:
        return "detected by inspection"
    # A log that ends too early ends before the write of a killed process, which nobody was told about.
    same = found == expected or (path.suffix == ".wal" and found == without_log(expected))
    return "harmless" if same else "missed"


def _inspected(folder: Path) -> list[object]:
    try:
        return list(inspect(Store.open(folder)))
    except TagweaveError:
        return []


def answers(folder: Path) -> dict[str, Any]:
    """Return what a store answers: everything in its catalogue, and suggestions."""
    store = Store.open(folder)
    pipeline = open_pipeline(store)
    suggested = [[(each.tag, each.probability, each.accepted) for each in tags] for tags in pipeline.tag(_ASKED, 5)]
    return {
        "products": {each.id: each for each in store.catalogue.products()},
        "decisions": store.decisions.all(),
        "labelling": store.catalogue.labelling(),
        "found": sorted(store.catalogue.ids(Query(tags=("mug",)))),
        "words": [each.id for each in store.catalogue.page(Query(text="blue mug")).products],
        "described": {key: value for key, value in describe(store).items() if key not in _FOLLOW_PRODUCTS},
        "suggested": suggested,
    }


# What else of the answers changes with a product more.
_FOLLOW_PRODUCTS = ("products", "languages", "tags", "most_frequent", "up_to_date")


def without_log(expected: dict[str, Any]) -> dict[str, Any]:
    """Return the answers without the product that a killed process was about to write."""
    products = {id: each for id, each in expected["products"].items() if id != UNACKNOWLEDGED.id}
    found = [id for id in expected["found"] if id != UNACKNOWLEDGED.id]
    return {**expected, "products": products, "found": found}


@contextmanager
def _lines_of_log() -> Iterator[list[str]]:
    lines: list[str] = []

    class Lines(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(record.getMessage())

    handler = Lines(logging.WARNING)
    for name in ("index", "tagger"):
        logging.getLogger(name).addHandler(handler)
    try:
        yield lines
    finally:
        for name in ("index", "tagger"):
            logging.getLogger(name).removeHandler(handler)

"""The learning curves of a store's fine-tuning: of the running training, or else of the published adapter."""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

from index.store import ADAPTER, Store

CURVES = "curves.csv"

Curves = Mapping[str, Sequence[float]]


def curves_of(store: Store) -> Curves:
    """Return each metric's values by epoch, with the column `epoch`; empty if there was no fine-tuning."""
    publication = store.manifest().publications.get(ADAPTER)
    published = store.folder / "models" / (publication.folder if publication else "")
    for folder in (store.training, published):
        if found := read(folder / CURVES):
            return found
    return {}


def read(path: Path) -> Curves:
    """Read a table of metrics; incomplete rows are skipped, as they are still being written."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
    except FileNotFoundError:
        return {}
    whole = [row for row in rows if all(map(_is_number, row.values()))]
    return {name: [float(row[name]) for row in whole] for name in (whole[0] if whole else {})}


def _is_number(value: str | None) -> bool:
    try:
        return bool(value) and float(value or "") is not None
    except ValueError:
        return False

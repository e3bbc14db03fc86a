"""Export all products of a store to a file."""

from dataclasses import dataclass
from pathlib import Path

from index.files.record_writer import write
from index.store import Store
from tagger.jobs.export_records import ExportRecords
from tagger.vocabulary.stored import labels_of, naming_in


@dataclass(frozen=True)
class Exported:
    """The number of products written, and the file."""

    products: int
    out: str


def export_products(store: Store, out: Path) -> Exported:
    """Write all products with their tags' current names. Raises `BadInput` for an unknown kind of file."""
    vocabulary = labels_of(store.catalogue)
    records = ExportRecords(store.catalogue.products(), vocabulary, naming_in(store.catalogue, vocabulary))
    return Exported(write(out, records.columns, records), str(out))

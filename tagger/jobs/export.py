"""Export all products of a store to a file."""

from dataclasses import asdict, dataclass
from pathlib import Path

from index.files.record_writer import write
from index.store import Store
from tagger.vocabulary.stored import labels_of, naming_in

_COLUMNS = ("id", "title", "description", "lang", "tags")


@dataclass(frozen=True)
class Exported:
    """The number of products written, and the file."""

    products: int
    out: str


def export_products(store: Store, out: Path) -> Exported:
    """Write all products with their tags' current names. Raises `BadInput` for an unknown kind of file."""
    read = naming_in(store.catalogue, labels_of(store.catalogue)).read
    records = ({**asdict(each), "tags": list(read(each.tags))} for each in store.catalogue.products())
    return Exported(write(out, _COLUMNS, records), str(out))

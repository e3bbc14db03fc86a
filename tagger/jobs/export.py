"""Write all products of a store into a file."""

from dataclasses import asdict, dataclass
from pathlib import Path

from index.files.record_writer import write
from index.store import Store
from tagger.vocabulary.stored import labels_of, naming_in

_COLUMNS = ("id", "title", "description", "lang", "tags")


@dataclass(frozen=True)
class Exported:
    """How many products were written, and where."""

    products: int
    out: str


def export_products(store: Store, out: Path) -> Exported:
    """Write all products with their tags, under the names that these go by now; raises `BadInput` for another kind."""
    read = naming_in(store.catalogue, labels_of(store.catalogue)).read
    records = ({**asdict(each), "tags": list(read(each.tags))} for each in store.catalogue.products())
    return Exported(write(out, _COLUMNS, records), str(out))

"""Export the products of a store to a file, or write its tags into the file that they came in."""

from dataclasses import dataclass
from pathlib import Path

from index.files.columns import Columns
from index.files.product_reader import read_profiled
from index.files.profile import profile_file, refuse_untitled
from index.files.readers.options import ReadingOptions
from index.files.record_writer import write
from index.files.writers.like import check_like, write_like
from index.product import Product
from index.store import Store
from tagger.jobs.export_records import ExportRecords
from tagger.jobs.write_back import REPLACE, WriteBack, edits
from tagger.vocabulary.stored import labels_of, naming_in


@dataclass(frozen=True)
class Exported:
    """The number of products written, and the file."""

    products: int
    out: str


def export_products(store: Store, out: Path, *, excel: bool = False) -> Exported:
    """Write all products with their tags' current names. Raises `BadInput` for an unknown kind of file.

    With `excel`, a CSV file begins with the mark that Excel needs to read UTF-8.
    """
    vocabulary = labels_of(store.catalogue)
    records = ExportRecords(store.catalogue.products(), vocabulary, naming_in(store.catalogue, vocabulary))
    return Exported(write(out, records.columns, records, excel=excel), str(out))


def export_like(
    store: Store,
    like: Path,
    out: Path,
    *,
    columns: Columns | None = None,
    reading: ReadingOptions | None = None,
    back: WriteBack | None = None,
) -> Exported:
    """Write a file again as it came, with the tags that the store has for its products.

    Rows that are no products of the store stay as they are. Without `back`, tags that the store no longer has are
    removed. Raises `BadInput` if `like` cannot be read, or `out` would be a file of another kind.
    """
    profile = profile_file(like, columns or Columns(), reading or ReadingOptions())
    refuse_untitled(profile)
    check_like(profile, out)
    how = back or WriteBack(REPLACE)
    rows = list(read_profiled([profile]))
    vocabulary = labels_of(store.catalogue)
    read = naming_in(store.catalogue, vocabulary).read
    ids = list(dict.fromkeys(each.outcome.id for each in rows if isinstance(each.outcome, Product)))
    wanted = {each.id: list(read(each.tags)) for each in store.catalogue.get(ids)}
    write_like(profile, out, edits(rows, wanted, how, vocabulary), column=how.column)
    return Exported(len(wanted), str(out))

"""Turn a caller's files, tables, dicts and texts into products."""

import contextlib
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from pathlib import Path
from typing import Protocol, TypeAlias, runtime_checkable

from index.catalogue.foreign.tables import is_foreign
from index.errors import BadInput
from index.files.columns import Columns, refuse_unknown
from index.files.html_page import product_in
from index.files.product_reader import (
    ProductLimits,
    Reject,
    product_of,
    read_products,
    read_records,
    record_row,
    refuse_missing,
)
from index.files.readers.options import ReadingOptions
from index.files.row_reader import check
from index.product import Product
from tagger.ingest import readable_files
from tagger.vocabulary import Vocabulary, read_vocabulary


@runtime_checkable
class ArrowTable(Protocol):
    """A table from pandas, Polars, PyArrow, DuckDB or any other library with Arrow's C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return a capsule with the table's stream."""


Record: TypeAlias = Mapping[str, object]
File: TypeAlias = str | os.PathLike[str]
# One product: a text (title on the first line, description below; or a page's HTML), a dict of fields, or a `Product`.
ProductLike: TypeAlias = str | Record | Product
Records: TypeAlias = ArrowTable | Iterable[Record | Product]
Source: TypeAlias = File | Records

_TITLE = "title"


def as_product(given: ProductLike) -> Product:
    """Convert one input to a product. Raises `BadInput` if it has no text or a field is wrong."""
    if isinstance(given, Product):
        return given
    if not isinstance(given, str):
        return product_of(record_row(1, given), Columns(), ProductLimits())
    product = product_in(given)
    if not product.text:
        raise BadInput("value.empty-text")
    return product


def unlisted(given: ProductLike) -> Product:
    """Convert one input to a product; without an id it gets an empty one, so that it matches none in the catalogue."""
    named = isinstance(given, Product) or (isinstance(given, Mapping) and given.get("id"))
    return as_product(given) if named else replace(as_product(given), id="")


def as_products(given: ArrowTable | Iterable[ProductLike]) -> Iterator[Product]:
    """Yield products one by one. Raises `BadInput` with the position of a product that cannot be used."""
    if isinstance(given, str | os.PathLike):
        raise BadInput("api.many-products")
    each: ProductLike
    for place, each in enumerate(_rows_of(given, Columns()) if isinstance(given, ArrowTable) else given, start=1):
        try:
            yield as_product(each)
        except BadInput as error:
            raise BadInput("api.product", place=place, error=error) from error


def columns_of(columns: Mapping[str, str] | None) -> Columns:
    """Return which column holds which field. Raises `BadInput` for an unknown field."""
    return Columns(dict(columns or {}))


def files_of(sources: Sequence[Source], columns: Columns, reading: ReadingOptions | None = None) -> list[Path]:
    """Return the paths of the files, each one checked; an empty list if tables or iterables are given.

    Raises `BadInput` for a mixture of both, and if a file cannot be read or lacks a column.
    """
    paths = [Path(each) for each in sources if isinstance(each, str | os.PathLike)]
    if paths and len(paths) < len(sources):
        raise BadInput("api.mixed-sources")
    for path in paths:
        check(path)
    refuse_missing(columns, paths, reading)
    return paths


@contextlib.contextmanager
def local_sources(sources: Sequence[Source], reading: ReadingOptions | None) -> Iterator[tuple[Source, ...]]:
    """Yield the sources for a while, with copies of the tables of databases that DuckDB reads.

    Raises `BadInput` if such a table cannot be read.
    """
    foreign = {
        place: os.fspath(each)
        for place, each in enumerate(sources)
        if isinstance(each, str | os.PathLike) and is_foreign(os.fspath(each))
    }
    with readable_files(list(foreign.values()), reading) as copies:
        local: dict[int, Source] = dict(zip(foreign, copies, strict=True))
        yield tuple(local.get(place, each) for place, each in enumerate(sources))


def records_of(sources: Sequence[Source], columns: Columns) -> Iterable[Record | Product]:
    """Return the records of all tables and iterables. Raises `BadInput` if a table has no column of titles."""
    found = [_records(each, columns) for each in sources if not isinstance(each, str | os.PathLike)]
    return found[0] if len(found) == 1 else chain.from_iterable(found)


def _records(source: Records, columns: Columns) -> Iterable[Record | Product]:
    if isinstance(source, ArrowTable):
        return _rows_of(source, columns)
    if not isinstance(source, Iterable) or isinstance(source, Mapping):
        raise BadInput("api.wrong-source", type=type(source).__name__)
    return source


def _rows_of(table: ArrowTable, columns: Columns) -> Iterator[Record]:
    import pyarrow

    try:
        reader = pyarrow.RecordBatchReader.from_stream(table)
    except (pyarrow.ArrowException, TypeError, ValueError) as error:
        raise BadInput("api.bad-table", reason=" ".join(str(error).split())) from error
    title = columns.names.get(_TITLE, _TITLE)
    if title not in reader.schema.names:
        raise BadInput("api.no-title-column", column=title, available=", ".join(reader.schema.names))
    refuse_unknown(columns, reader.schema.names, "the table")
    return (row for batch in reader for row in batch.to_pylist())


def read_labelled(
    source: Source, columns: Columns, reading: ReadingOptions | None = None
) -> tuple[list[Product], list[Reject]]:
    """Read all products of a file, a table or an iterable; return them and the rejected rows."""
    paths = files_of([source], columns, reading)
    reads = (
        read_products(paths, columns=columns, options=reading)
        if isinstance(source, str | os.PathLike)
        else read_records(_records(source, columns), columns=columns)
    )
    outcomes = [each.outcome for each in reads]
    products = [each for each in outcomes if isinstance(each, Product)]
    return products, [each for each in outcomes if isinstance(each, Reject)]


def vocabulary_in(given: File | None) -> Vocabulary | None:
    """Read the vocabulary, if a file is given."""
    return None if given is None else read_vocabulary(Path(given))

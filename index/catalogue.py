"""The catalogue of products in DuckDB; the only module that knows of it.

DuckDB lets one process write a file or many read it. So that readers go on beside a writer, no connection is kept:
each operation opens the file for its own short time, and waits a moment where another process has it.
"""

import contextlib
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.errors import BadInput, MissingArtifact, StaleArtifact, StoreLocked
from index.product import Product
from index.reading import Original

if TYPE_CHECKING:
    import duckdb

FORMAT = 1
_RETRY_S = 0.02
# Within a process DuckDB refuses to open one file both for reading and for writing, and shares what is open.
_LOCKS: dict[Path, threading.RLock] = {}

_SCHEMA = """
CREATE SEQUENCE product_number;
CREATE TABLE products (
    number BIGINT NOT NULL DEFAULT nextval('product_number'),
    id VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    lang VARCHAR NOT NULL,
    tags VARCHAR[] NOT NULL,
    original_title VARCHAR,
    original_description VARCHAR
);
CREATE TABLE labels (tag VARCHAR NOT NULL, facet VARCHAR NOT NULL, lang VARCHAR NOT NULL,
                     label VARCHAR NOT NULL, place INTEGER NOT NULL);
CREATE TABLE about (format INTEGER NOT NULL);
INSERT INTO about VALUES (1);
"""
# Stores that were made before tags had parents lack it.
_PARENTS = "CREATE TABLE IF NOT EXISTS parents (tag VARCHAR NOT NULL, parent VARCHAR NOT NULL)"

_COLUMNS = "id, title, description, lang, tags"
Order = Literal["newest", "title", "relevance"]
_ORDERS: Mapping[Order, str] = {
    "newest": "number DESC",
    "title": "title, number",
    "relevance": "matched DESC, length(title), number",
}


@dataclass(frozen=True)
class CatalogueSettings:
    """What DuckDB may use, and how long an operation waits for another process."""

    memory: str = "1GB"
    threads: int = 2
    wait_s: float = 20.0


@dataclass(frozen=True)
class LabelRow:
    """One label of a tag in one language; `place` 0 is the name to show, others are aliases."""

    tag: str
    facet: str
    lang: str
    label: str
    place: int


@dataclass(frozen=True)
class ParentRow:
    """One tag that stands directly above another."""

    tag: str
    parent: str


@dataclass(frozen=True)
class Query:
    """Which products to list; `names` says what else a tag may be called on a product."""

    text: str = ""
    tags: Sequence[str] = ()
    lang: str = ""
    order: Order = "newest"
    limit: int = 20
    offset: int = 0
    names: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Page:
    """One page of products, and how many there are in all."""

    products: list[Product] = field(default_factory=list)
    total: int = 0


class Catalogue:
    """The products, their tags and the tags' labels."""

    def __init__(self, path: Path, settings: CatalogueSettings | None = None) -> None:
        self._path = path
        self._settings = settings or CatalogueSettings()
        self._lock = _LOCKS.setdefault(path.resolve(), threading.RLock())

    @property
    def exists(self) -> bool:
        """Tell whether the file is there."""
        return self._path.is_file()

    def create(self) -> None:
        """Make an empty catalogue: whole, or not at all."""
        building = self._path.with_suffix(".new")
        for left in (building, building.with_suffix(".new.wal")):
            left.unlink(missing_ok=True)
        with self._lock, self._connection(building, read_only=False) as connection:
            connection.execute(f"BEGIN; {_SCHEMA} COMMIT; CHECKPOINT;")
        building.replace(self._path)

    def upsert(self, products: Sequence[Product], originals: Sequence[Original | None] | None = None) -> None:
        """Write products in one transaction, replacing those of the same id; safe on disk on return.

        Where an id stands twice among them, the last one counts.
        """
        if not products:
            return
        last = {product.id: place for place, product in enumerate(products)}.values()
        originals = originals or [None] * len(products)
        incoming = _table([products[place] for place in last], [originals[place] for place in last])
        with self._writing() as connection:
            connection.register("incoming", incoming)
            connection.execute("BEGIN")
            connection.execute("DELETE FROM products WHERE id IN (SELECT id FROM incoming)")
            connection.execute(
                "INSERT INTO products (id, title, description, lang, tags, original_title, original_description) "
                "SELECT * FROM incoming"
            )
            connection.execute("COMMIT")

    def count(self) -> int:
        """Return the number of products."""
        with self._reading() as connection:
            return int(_one(connection.execute("SELECT count(*) FROM products"))[0])

    def counts_by_language(self) -> dict[str, int]:
        """Return the number of products per language."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT lang, count(*) FROM products GROUP BY 1 ORDER BY 1").fetchall())

    def tag_counts(self) -> dict[str, int]:
        """Return each tag with the number of products that have it, the most frequent first."""
        sql = (
            "SELECT tag, count(*) AS n FROM (SELECT unnest(tags) AS tag FROM products) GROUP BY 1 ORDER BY n DESC, tag"
        )
        with self._reading() as connection:
            return dict(connection.execute(sql).fetchall())

    def products(self, *, labelled: bool = False) -> list[Product]:
        """Return all products, or those with tags, in the order of their ids."""
        where = "WHERE len(tags) > 0" if labelled else ""
        with self._reading() as connection:
            return _products(connection.execute(f"SELECT {_COLUMNS} FROM products {where} ORDER BY id"))  # noqa: S608

    def get(self, ids: Sequence[str]) -> list[Product]:
        """Return the products of these ids that are there, in the order asked for."""
        sql = f"SELECT {_COLUMNS} FROM products WHERE id IN (SELECT unnest(?::VARCHAR[]))"  # noqa: S608
        with self._reading() as connection:
            found = {product.id: product for product in _products(connection.execute(sql, [list(ids)]))}
        return [found[id] for id in ids if id in found]

    def original(self, id: str) -> Original:
        """Return the texts as they stood in the file."""
        sql = (
            "SELECT coalesce(original_title, title), coalesce(original_description, description) "
            "FROM products WHERE id = ?"
        )
        with self._reading() as connection:
            rows = connection.execute(sql, [id]).fetchall()
        if not rows:
            raise BadInput(f"no product {id!r}")
        return Original(*rows[0])

    def page(self, query: Query) -> Page:
        """List products that have every word of the text and every tag; raises `BadInput` for an impossible page."""
        if query.order not in _ORDERS:
            raise BadInput(f"no order {query.order!r}; there are: {', '.join(_ORDERS)}")
        if query.limit < 0 or query.offset < 0:
            raise BadInput(f"limit {query.limit} and offset {query.offset} must not be negative")
        where, values = _conditions(query)
        words = query.text.split()
        matched = " + ".join(["(CASE WHEN contains(lower(title), lower(?)) THEN 1 ELSE 0 END)"] * len(words)) or "0"
        listed = (
            f"SELECT {_COLUMNS} FROM (SELECT *, {matched} AS matched FROM products WHERE {where}) "  # noqa: S608
            f"ORDER BY {_ORDERS[query.order]} LIMIT ? OFFSET ?"
        )
        with self._reading() as connection:
            total = _one(connection.execute(f"SELECT count(*) FROM products WHERE {where}", values))[0]  # noqa: S608
            rows = _products(connection.execute(listed, [*words, *values, query.limit, query.offset]))
        return Page(rows, int(total))

    def fingerprint(self) -> str:
        """Name the labelled content: the same products with the same tags have the same fingerprint."""
        sql = (
            "SELECT md5(coalesce(string_agg(md5(concat_ws(chr(0), id, title, description, lang, tags::VARCHAR)), '' "
            "ORDER BY id), '')) FROM products WHERE len(tags) > 0"
        )
        with self._reading() as connection:
            return str(_one(connection.execute(sql))[0])

    def set_labels(self, rows: Sequence[LabelRow], parents: Sequence[ParentRow] = ()) -> None:
        """Replace the vocabulary: the tags' labels, and which tag stands above which."""
        with self._writing() as connection:
            connection.execute("BEGIN")
            connection.execute(_PARENTS)
            _replace(connection, "labels", [[row.tag, row.facet, row.lang, row.label, row.place] for row in rows], 5)
            _replace(connection, "parents", [[row.tag, row.parent] for row in parents], 2)
            connection.execute("COMMIT")

    def labels(self) -> list[LabelRow]:
        """Return the vocabulary's labels in the order they were set."""
        with self._reading() as connection:
            rows = connection.execute("SELECT tag, facet, lang, label, place FROM labels ORDER BY rowid").fetchall()
        return [LabelRow(*row) for row in rows]

    def parents(self) -> list[ParentRow]:
        """Return which tag stands above which, in the order they were set."""
        with self._reading() as connection:
            there = connection.execute("SELECT 1 FROM duckdb_tables() WHERE table_name = 'parents'").fetchall()
            rows = connection.execute("SELECT tag, parent FROM parents ORDER BY rowid").fetchall() if there else []
        return [ParentRow(*row) for row in rows]

    def _reading(self) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        return self._opened(read_only=True)

    def _writing(self) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        return self._opened(read_only=False)

    @contextlib.contextmanager
    def _opened(self, *, read_only: bool) -> Iterator["duckdb.DuckDBPyConnection"]:
        import duckdb

        if not self.exists:
            raise MissingArtifact(f"no catalogue at {self._path}")
        try:
            with self._lock, self._connection(self._path, read_only=read_only) as connection:
                _refuse_other_format(connection, self._path)
                yield connection
        except duckdb.Error as error:
            raise StaleArtifact(f"{self._path} cannot be read or written: {error}") from error

    @contextlib.contextmanager
    def _connection(self, path: Path, *, read_only: bool) -> Iterator["duckdb.DuckDBPyConnection"]:
        connection = _connect(path, self._settings, read_only=read_only)
        try:
            connection.execute("SET lock_configuration = true")
            yield connection
        finally:
            connection.close()


def _connect(path: Path, settings: CatalogueSettings, *, read_only: bool) -> "duckdb.DuckDBPyConnection":
    import duckdb

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": settings.memory,
        "threads": settings.threads,
        "enable_external_access": False,
    }
    end = time.monotonic() + settings.wait_s
    while True:
        try:
            return duckdb.connect(str(path), read_only=read_only, config=limits)
        except duckdb.IOException as error:
            if "Could not set lock" not in str(error):
                raise StaleArtifact(f"{path} cannot be opened: {error}") from error
            if time.monotonic() > end:
                raise StoreLocked(f"{path} is in use by another process ({settings.wait_s:g} s waited)") from error
            time.sleep(_RETRY_S)
        except duckdb.Error as error:
            raise StaleArtifact(f"{path} cannot be opened: {error}") from error


def _replace(connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[Sequence[Any]], columns: int) -> None:
    """Put rows in place of all that a table holds; in one statement, as DuckDB's executemany plans each row anew."""
    names = [f"c{number}" for number in range(columns)]
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    connection.execute(f"DELETE FROM {table}")  # noqa: S608
    connection.execute(
        f"INSERT INTO {table} SELECT {', '.join(f'unnest(v.{name})' for name in names)} "  # noqa: S608
        f"FROM (SELECT {', '.join(f'? AS {name}' for name in names)}) v",
        values,
    )


def _refuse_other_format(connection: "duckdb.DuckDBPyConnection", path: Path) -> None:
    import duckdb

    try:
        found = connection.execute("SELECT format FROM about").fetchall()
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise StaleArtifact(f"{path} is a DuckDB file but no catalogue of Tagweave") from error
    if found != [(FORMAT,)]:
        raise StaleArtifact(f"{path} has format {found[0][0] if found else None}, this version reads {FORMAT}")


def _conditions(query: Query) -> tuple[str, list[str | list[str]]]:
    words = query.text.split()
    clauses = [
        "true",
        *["contains(lower(title || ' ' || description || ' ' || array_to_string(tags, ' ')), lower(?))"] * len(words),
    ]
    clauses += ["list_has_any(tags, ?::VARCHAR[])"] * len(query.tags)
    clauses += ["lang = ?"] if query.lang else []
    tags = [[tag, *query.names.get(tag, ())] for tag in query.tags]
    return " AND ".join(clauses), [*words, *tags, *([query.lang] if query.lang else [])]


def _table(products: Sequence[Product], originals: Sequence[Original | None]) -> object:
    import pyarrow

    return pyarrow.table(
        {
            "id": pyarrow.array([product.id for product in products], pyarrow.string()),
            "title": pyarrow.array([product.title for product in products], pyarrow.string()),
            "description": pyarrow.array([product.description for product in products], pyarrow.string()),
            "lang": pyarrow.array([product.lang for product in products], pyarrow.string()),
            "tags": pyarrow.array([list(product.tags) for product in products], pyarrow.list_(pyarrow.string())),
            "original_title": pyarrow.array([each.title if each else None for each in originals], pyarrow.string()),
            "original_description": pyarrow.array(
                [each.description if each else None for each in originals], pyarrow.string()
            ),
        }
    )


def _products(result: "duckdb.DuckDBPyConnection") -> list[Product]:
    return [
        Product(id, title, description, lang, tuple(tags)) for id, title, description, lang, tags in result.fetchall()
    ]


def _one(result: "duckdb.DuckDBPyConnection") -> tuple[int | str, ...]:
    # To the end: DuckDB takes no other statement while a result has rows left.
    [row] = result.fetchall()
    return row

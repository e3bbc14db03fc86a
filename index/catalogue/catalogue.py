"""The catalogue: products with their tags, and the vocabulary of the tags.

Each operation opens the DuckDB file for a short time (`database`). Text search is in `text_search`;
`query` builds the SQL of product lists.
"""

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from index.catalogue.arrow_columns import arrow_table, string_lists, strings
from index.catalogue.database import Database
from index.catalogue.decision_log import Named, apply_decisions, as_decided
from index.catalogue.listing import COLUMNS, facets, find, page, products_of
from index.catalogue.maintenance.rewriting import rewrite
from index.catalogue.maintenance.soundness import Soundness, set_log_aside, soundness
from index.catalogue.query import Coverage, Facets, Page, Query, check_query, properties
from index.catalogue.tables import has_table
from index.catalogue.tag_edit import TagEdit
from index.catalogue.tag_edit_log import EditLog, edits_of
from index.catalogue.tag_queries import AS_STORED, TagNaming, TagSummary, counts, tag_summary
from index.catalogue.text_search.ngram_index import add_terms, forget, is_stale, rebuild
from index.catalogue.text_search.search_text import searchable, searchable_rest
from index.catalogue.translations import TRANSLATIONS, set_translations
from index.errors import BadInput
from index.files.product_reader import Original
from index.product import Product

if TYPE_CHECKING:
    import duckdb

# Created with the first vocabulary that says more than names and parents.
_DETAILS = """
CREATE TABLE IF NOT EXISTS details (
    kind VARCHAR NOT NULL, name VARCHAR NOT NULL, lang VARCHAR NOT NULL, text VARCHAR NOT NULL
)
"""


@dataclass(frozen=True)
class LabelRow:
    """One label of a tag in one language; `place` 0 is the name to show, higher places are aliases."""

    tag: str
    facet: str
    lang: str
    label: str
    place: int


@dataclass(frozen=True)
class ParentRow:
    """A tag and one of its direct parents."""

    tag: str
    parent: str


DetailKind = Literal["description", "attribute", "facet label", "facet description"]


@dataclass(frozen=True)
class DetailRow:
    """Something else that the vocabulary says about a tag or, for the two kinds of facets, about a facet.

    The text of an "attribute" is a facet that products of the tag have; its language is empty.
    """

    kind: DetailKind
    name: str
    lang: str
    text: str


@dataclass(frozen=True)
class Labelling:
    """The vocabulary as stored: labels, parents, details, and all tag edits, including undone ones."""

    labels: list[LabelRow]
    parents: list[ParentRow]
    edits: list[TagEdit]
    details: list[DetailRow] = field(default_factory=list)


class Catalogue:
    """The products, their tags and the tags' labels."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.edits = EditLog(database)

    def waiting(self, wait_s: float) -> "Catalogue":
        """Return the same catalogue with another limit on waiting for other processes, in seconds."""
        return Catalogue(self._database.waiting(wait_s))

    @property
    def exists(self) -> bool:
        """Tell whether the catalogue file exists."""
        return self._database.exists

    def create(self) -> None:
        """Make an empty catalogue, atomically."""
        self._database.create()

    def stamp(self) -> tuple[int, ...]:
        """Return a value that changes with every write, without opening the file."""
        return self._database.stamp()

    def copy_to(self, path: Path) -> tuple[int, ...]:
        """Copy the file between two writes, and return its stamp at that moment."""
        return self._database.copy_to(path)

    def soundness(self) -> Soundness:
        """Read the whole file, and tell what of it is damaged."""
        return soundness(self._database)

    def set_log_aside(self) -> Path:
        """Rename a damaged write-ahead log, so that the file opens without it; return its new path."""
        return set_log_aside(self._database)

    def rewrite(self) -> None:
        """Replace the file by a new one with the same rows, without what deleted rows left in it, atomically.

        For the store's one writer. Raises `StaleArtifact` if a table that is not made from others is damaged.
        """
        rewrite(self._database)

    def edition(self) -> tuple[int, int]:
        """Return a value that changes when products are added, replaced or removed, but not with decisions on tags."""
        with self._reading() as connection:
            [row] = connection.execute("SELECT count(*), coalesce(max(number), 0) FROM products").fetchall()
            return int(row[0]), int(row[1])

    def upsert(
        self,
        products: Sequence[Product],
        originals: Sequence[Original | None] | None = None,
        named: Named = as_decided,
    ) -> None:
        """Write products in one transaction, replacing those with the same ids; safe on disk on return.

        If an id occurs twice, the last one counts. Earlier decisions on a product's tags are applied to its incoming
        tags; `named` returns the incoming product's name for a decision's tag.
        """
        if not products:
            return
        last = {product.id: place for place, product in enumerate(products)}.values()
        originals = originals or [None] * len(products)
        kept = [products[place] for place in last]
        with self._writing() as connection:
            connection.execute("BEGIN")
            kept = apply_decisions(connection, kept, named)
            connection.register("incoming", _table(kept, [originals[place] for place in last]))
            _delete(connection, [product.id for product in kept])
            sql = (
                "INSERT INTO products (id, title, description, lang, tags, original_title, original_description, "
                "folded_title, folded_rest) SELECT * FROM incoming RETURNING number, folded_title, folded_rest"
            )
            add_terms(connection, connection.execute(sql).fetchall())
            set_translations(connection, kept)
            connection.execute("COMMIT")
            _tidy(connection)

    def delete(self, ids: Sequence[str]) -> int:
        """Remove the products with these ids in one transaction; return the number removed."""
        with self._writing() as connection:
            connection.execute("BEGIN")
            gone = _delete(connection, ids)
            connection.execute("COMMIT")
            _tidy(connection)
        return gone

    def count(self) -> int:
        """Return the number of products."""
        with self._reading() as connection:
            return int(_one(connection.execute("SELECT count(*) FROM products"))[0])

    def counts_by_language(self) -> dict[str, int]:
        """Return the number of products per language."""
        with self._reading() as connection:
            return dict(connection.execute("SELECT lang, count(*) FROM products GROUP BY 1 ORDER BY 1").fetchall())

    def coverage(self, deleted: Sequence[str] = ()) -> list[Coverage]:
        """Count each language's products, descriptions and tags (without deleted tags), the largest language first."""
        sql = (
            "SELECT lang, count(*), count(*) FILTER (description <> ''), count(*) FILTER (len(kept) > 0), "
            "sum(len(kept))::BIGINT FROM (SELECT lang, description, "
            "list_filter(tags, lambda tag: NOT list_contains(?::VARCHAR[], tag)) AS kept FROM products) "
            "GROUP BY lang ORDER BY 2 DESC, lang"
        )
        with self._reading() as connection:
            return [Coverage(*row) for row in connection.execute(sql, [list(deleted)]).fetchall()]

    def tag_counts(self, naming: TagNaming = AS_STORED) -> dict[str, int]:
        """Return the number of products per tag, the most frequent tag first."""
        with self._reading() as connection:
            return counts(connection, naming)

    def portrait(self, tag: str, naming: TagNaming = AS_STORED, *, limit: int) -> TagSummary:
        """Return how a tag is used: its newest products and co-occurring tags, each at most `limit`."""
        with self._reading() as connection:
            return tag_summary(connection, tag, naming, limit)

    def products(self, *, labelled: bool = False) -> list[Product]:
        """Return all products, or only the labelled ones, ordered by id."""
        where = "WHERE len(tags) > 0" if labelled else ""
        with self._reading() as connection:
            return products_of(connection, f"SELECT {COLUMNS} FROM products {where} ORDER BY id")  # noqa: S608

    def get(self, ids: Sequence[str]) -> list[Product]:
        """Return the products with these ids, in the order asked for; unknown ids are skipped."""
        sql = f"SELECT {COLUMNS} FROM products WHERE id IN (SELECT unnest(?::VARCHAR[]))"  # noqa: S608
        with self._reading() as connection:
            found = {product.id: product for product in products_of(connection, sql, [list(ids)])}
        return [found[id] for id in ids if id in found]

    def product(self, id: str) -> Product:
        """Return one product; raises `BadInput` if no product has that id."""
        for found in self.get([id]):
            return found
        raise _no_product()

    def sample(self, limit: int) -> list[Product]:
        """Return at most `limit` products, always the same: untagged ones first, in order of their ids' hashes."""
        sql = f"SELECT {COLUMNS} FROM products ORDER BY len(tags) > 0, md5(id) LIMIT ?"  # noqa: S608
        with self._reading() as connection:
            return products_of(connection, sql, [limit])

    def original(self, id: str) -> Original:
        """Return a product's texts as they were in the file; raises `BadInput` if no product has that id."""
        sql = (
            "SELECT coalesce(original_title, title), coalesce(original_description, description) "
            "FROM products WHERE id = ?"
        )
        with self._reading() as connection:
            rows = connection.execute(sql, [id]).fetchall()
        if not rows:
            raise _no_product()
        return Original(*rows[0])

    def page(self, query: Query) -> Page:
        """List the products that have every word of the text and every tag.

        Raises `BadInput` if the order is unknown or if limit or offset is negative.
        """
        return self.browse(query, tags_per_facet=0)[0]

    def browse(self, query: Query, *, tags_per_facet: int, naming: TagNaming = AS_STORED) -> tuple[Page, Facets]:
        """List products as `page` does, and count their properties and the most frequent tags of each facet."""
        check_query(query)
        with self._reading() as connection:
            find(connection, query)
            listed = page(connection, query)
            return listed, facets(connection, query, tags_per_facet, naming) if tags_per_facet else Facets()

    def ids(self, query: Query) -> list[str]:
        """Return the ids of all products with the query's tags and properties, unordered; its text is ignored."""
        where = properties(query)
        sql = f"SELECT id FROM products WHERE number IN (SELECT number FROM found WHERE {where.text})"  # noqa: S608
        with self._reading() as connection:
            find(connection, replace(query, text=""))
            return [id for (id,) in connection.execute(sql, list(where.values)).fetchall()]

    def fingerprint(self) -> str:
        """Hash the labelled products: the same products with the same tags have the same fingerprint."""
        sql = (
            "SELECT md5(coalesce(string_agg(md5(concat_ws(chr(0), id, title, description, lang, tags::VARCHAR)), '' "
            "ORDER BY id), '')) FROM products WHERE len(tags) > 0"
        )
        with self._reading() as connection:
            found = str(_one(connection.execute(sql))[0])
            if has_table(connection, TRANSLATIONS):
                found += str(_one(connection.execute(_FINGERPRINT_OF_TRANSLATIONS))[0])
            return found

    def set_labels(
        self, rows: Sequence[LabelRow], parents: Sequence[ParentRow] = (), details: Sequence[DetailRow] = ()
    ) -> None:
        """Replace the vocabulary: the tags' labels, each tag's parents, and what else is said about them."""
        with self._writing() as connection:
            connection.execute("BEGIN")
            _replace(connection, "labels", [[row.tag, row.facet, row.lang, row.label, row.place] for row in rows], 5)
            _replace(connection, "parents", [[row.tag, row.parent] for row in parents], 2)
            if details or has_table(connection, "details"):
                connection.execute(_DETAILS)
                _replace(connection, "details", [[row.kind, row.name, row.lang, row.text] for row in details], 4)
            connection.execute("COMMIT")

    def add_labels(self, rows: Sequence[LabelRow]) -> None:
        """Add labels of tags that have none yet."""
        if not rows:
            return
        with self._writing() as connection:
            connection.execute("BEGIN")
            tags = [row.tag for row in rows]
            sql = "SELECT DISTINCT tag FROM labels WHERE tag IN (SELECT unnest(?::VARCHAR[]))"
            known = {tag for (tag,) in connection.execute(sql, [tags]).fetchall()}
            new = [row for row in rows if row.tag not in known]
            _insert(connection, "labels", [[row.tag, row.facet, row.lang, row.label, row.place] for row in new], 5)
            connection.execute("COMMIT")

    def labels(self) -> list[LabelRow]:
        """Return the vocabulary's labels in the order they were set."""
        return self.labelling().labels

    def labelling(self) -> Labelling:
        """Return labels, parents, details and tag edits, all read at one moment."""
        with self._reading() as connection:
            labels = connection.execute("SELECT tag, facet, lang, label, place FROM labels ORDER BY rowid").fetchall()
            parents = connection.execute("SELECT tag, parent FROM parents ORDER BY rowid").fetchall()
            details = _details(connection)
            edits = edits_of(connection)
        above = [ParentRow(*row) for row in parents]
        return Labelling([LabelRow(*row) for row in labels], above, edits, details)

    def _reading(self) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        return self._database.opened(read_only=True)

    def _writing(self) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        return self._database.opened(read_only=False)


def _details(connection: "duckdb.DuckDBPyConnection") -> list[DetailRow]:
    if not has_table(connection, "details"):
        return []
    sql = "SELECT kind, name, lang, text FROM details ORDER BY rowid"
    return [DetailRow(*row) for row in connection.execute(sql).fetchall()]


_FINGERPRINT_OF_TRANSLATIONS = (
    f"SELECT coalesce(md5(string_agg(concat_ws(chr(0), id, lang, title, description), chr(1) ORDER BY id, place)), '') "  # noqa: S608
    f"FROM {TRANSLATIONS} SEMI JOIN (SELECT id FROM products WHERE len(tags) > 0) USING (id)"
)


def _delete(connection: "duckdb.DuckDBPyConnection", ids: Sequence[str]) -> int:
    sql = "DELETE FROM products WHERE id IN (SELECT unnest(?::VARCHAR[]))"
    gone = int(_one(connection.execute(sql, [list(ids)]))[0])
    if has_table(connection, TRANSLATIONS):
        connection.execute(f"DELETE FROM {TRANSLATIONS} WHERE id IN (SELECT unnest(?::VARCHAR[]))", [list(ids)])  # noqa: S608
    forget(connection, gone)
    return gone


def _replace(connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[Sequence[Any]], columns: int) -> None:
    """Replace all rows of a table in one statement, since DuckDB's executemany plans every row separately."""
    connection.execute(f"DELETE FROM {table}")  # noqa: S608
    _insert(connection, table, rows, columns)


def _insert(connection: "duckdb.DuckDBPyConnection", table: str, rows: Sequence[Sequence[Any]], columns: int) -> None:
    """Insert rows in one statement."""
    names = [f"c{number}" for number in range(columns)]
    values = [list(column) for column in zip(*rows, strict=True)] or [[] for _ in names]
    connection.execute(
        f"INSERT INTO {table} SELECT {', '.join(f'unnest(v.{name})' for name in names)} "  # noqa: S608
        f"FROM (SELECT {', '.join(f'? AS {name}' for name in names)}) v",
        values,
    )


def _tidy(connection: "duckdb.DuckDBPyConnection") -> None:
    if is_stale(connection):
        connection.execute("BEGIN")
        rebuild(connection)
        connection.execute("COMMIT")


def _table(products: Sequence[Product], originals: Sequence[Original | None]) -> object:
    return arrow_table(
        {
            "id": strings([product.id for product in products]),
            "title": strings([product.title for product in products]),
            "description": strings([product.description for product in products]),
            "lang": strings([product.lang for product in products]),
            "tags": string_lists([product.tags for product in products]),
            "original_title": strings([each.title if each else None for each in originals]),
            "original_description": strings([each.description if each else None for each in originals]),
            "folded_title": strings([searchable(product.title) for product in products]),
            "folded_rest": strings(
                [searchable_rest(product.description, product.tags, product.translations) for product in products]
            ),
        }
    )


def _no_product() -> BadInput:
    return BadInput("product.missing")


def _one(result: "duckdb.DuckDBPyConnection") -> tuple[int | str, ...]:
    # Fetch all rows: DuckDB accepts no other statement while a result has rows left.
    [row] = result.fetchall()
    return row

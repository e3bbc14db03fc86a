"""The table of terms: which products have a gram, in DuckDB.

It is only added to. A product that is written anew has a new number, and what stands there of the old number finds
nothing; when more is stale than not, the table is made anew. It changes in the transaction that changes the products.
"""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from index.folding import folded
from index.terms import postings

if TYPE_CHECKING:
    import duckdb

TERMS = """
CREATE TABLE terms (term BIGINT NOT NULL, numbers BIGINT[] NOT NULL);
CREATE TABLE upkeep (stale BIGINT NOT NULL);
INSERT INTO upkeep VALUES (0);
"""
# Texts of so many characters are inverted at once.
_CHUNK_CHARS = 4_000_000
_BATCH = 5000
# Fewer stale products than these are not worth making the table anew.
LEAST_STALE = 20_000

Texts = tuple[int, str, str]


def folded_rest(description: str, tags: Iterable[str]) -> str:
    """Fold what can be searched beside the title; the words of one part do not run into the next."""
    return "\n".join(map(folded, (description, *tags)))


def add_terms(connection: "duckdb.DuckDBPyConnection", rows: Iterable[Texts]) -> None:
    """Add the terms of products, each given by its number, folded title and folded rest."""
    import pyarrow

    for chunk in _chunks(rows):
        found = postings([f"{title}\n{rest}" for _, title, rest in chunk], [number for number, _, _ in chunk])
        numbers = pyarrow.ListArray.from_arrays(pyarrow.array(found.offsets, pyarrow.int32()), found.owners)
        connection.register("new_terms", pyarrow.table({"term": found.grams, "numbers": numbers}))
        connection.execute("INSERT INTO terms SELECT * FROM new_terms")
        connection.unregister("new_terms")


def _chunks(rows: Iterable[Texts]) -> Iterator[list[Texts]]:
    chunk: list[Texts] = []
    chars = 0
    for row in rows:
        chunk.append(row)
        chars += len(row[1]) + len(row[2])
        if chars >= _CHUNK_CHARS:
            yield chunk
            chunk, chars = [], 0
    if chunk:
        yield chunk


def forget(connection: "duckdb.DuckDBPyConnection", products: int) -> None:
    """Take note that the terms of so many products are stale."""
    connection.execute("UPDATE upkeep SET stale = stale + ?", [products])


def is_stale(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Tell whether the table holds more that is stale than not."""
    sql = "SELECT stale > greatest((SELECT count(*) FROM products), ?) FROM upkeep"
    [(stale,)] = connection.execute(sql, [LEAST_STALE]).fetchall()
    return bool(stale)


def rebuild(connection: "duckdb.DuckDBPyConnection") -> None:
    """Make the table anew from the folded texts; in the caller's transaction."""
    connection.execute("DELETE FROM terms")
    for rows in _batches(connection, "number, folded_title, folded_rest"):
        add_terms(connection, rows)
    connection.execute("UPDATE upkeep SET stale = 0")


def fold_all(connection: "duckdb.DuckDBPyConnection") -> None:
    """Fold the texts of all products; in the caller's transaction."""
    import pyarrow

    for rows in _batches(connection, "number, title, description, tags"):
        folds = {
            "number": [row[0] for row in rows],
            "title": [folded(row[1]) for row in rows],
            "rest": [folded_rest(row[2], row[3]) for row in rows],
        }
        connection.register("folds", pyarrow.table(folds))
        connection.execute(
            "UPDATE products SET folded_title = folds.title, folded_rest = folds.rest FROM folds "
            "WHERE products.number = folds.number"
        )
        connection.unregister("folds")


def _batches(connection: "duckdb.DuckDBPyConnection", columns: str) -> Iterator[list[Any]]:
    """Read all products a few thousand at a time, so that long texts need little memory."""
    [(last,)] = connection.execute("SELECT coalesce(max(number), 0) FROM products").fetchall()
    for first in range(0, last + 1, _BATCH):
        sql = f"SELECT {columns} FROM products WHERE number >= ? AND number < ?"  # noqa: S608
        if rows := connection.execute(sql, [first, first + _BATCH]).fetchall():
            yield rows

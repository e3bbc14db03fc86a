"""The table of terms: which products have a gram, in DuckDB.

A product that is written anew has a new number, and what stands there of the old number finds nothing; when more is
stale than not, the table is made anew. A product whose tags change keeps its number, and its terms are changed in
place. The table changes in the transaction that changes the products.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.catalogue.ngrams import postings
from index.text.folding import fold

if TYPE_CHECKING:
    import duckdb

TERMS = """
CREATE TABLE terms (term BIGINT NOT NULL, numbers BIGINT[] NOT NULL);
CREATE TABLE upkeep (stale BIGINT NOT NULL);
INSERT INTO upkeep VALUES (0);
"""
# A product must not stand twice under one term: a search counts the terms that it stands under.
_CHANGES = """
CREATE TEMP TABLE gone AS SELECT * FROM former EXCEPT SELECT * FROM present;
CREATE TEMP TABLE kept AS
    SELECT term, unnest(numbers) AS number FROM terms WHERE term IN (SELECT term FROM gone) EXCEPT SELECT * FROM gone;
DELETE FROM terms WHERE term IN (SELECT term FROM gone);
INSERT INTO terms SELECT term, list(number ORDER BY number) FROM kept GROUP BY term;
INSERT INTO terms SELECT term, list(number ORDER BY number)
    FROM (SELECT * FROM present EXCEPT SELECT * FROM former) GROUP BY term;
DROP TABLE gone;
DROP TABLE kept;
"""
# Texts of so many characters are inverted at once.
_CHUNK_CHARS = 4_000_000
_BATCH = 5000
# Fewer stale products than these are not worth making the table anew.
LEAST_STALE = 20_000

Texts = tuple[int, str, str]


def folded_rest(description: str, tags: Iterable[str]) -> str:
    """Fold what can be searched beside the title; the words of one part do not run into the next."""
    return "\n".join(map(fold, (description, *tags)))


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


def change_terms(connection: "duckdb.DuckDBPyConnection", rows: Sequence[Texts]) -> None:
    """Let the table say of products what their texts hold now; each by its number, former and new folded text."""
    numbers = [number for number, _, _ in rows]
    connection.register("former", _pairs([former for _, former, _ in rows], numbers))
    connection.register("present", _pairs([present for _, _, present in rows], numbers))
    connection.execute(_CHANGES)
    for name in ("former", "present"):
        connection.unregister(name)


def _pairs(texts: Sequence[str], numbers: Sequence[int]) -> object:
    import pyarrow

    found = postings(texts, numbers)
    return pyarrow.table({"term": np.repeat(found.grams, np.diff(found.offsets)), "number": found.owners})


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
            "title": [fold(row[1]) for row in rows],
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

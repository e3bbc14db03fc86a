"""The table of terms in DuckDB: which products contain which n-gram.

A product that is written again gets a new number, and the old number's entries become stale: they match no product. The
table is rebuilt once more entries are stale than current. A product whose tags change keeps its number, and its entries
are changed in place. The table changes in the same transaction as the products.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from index.catalogue.arrow_columns import arrow_table, integer_lists, integers, strings
from index.catalogue.text_search.ngrams import postings
from index.catalogue.text_search.search_text import searchable, searchable_rest
from index.catalogue.text_search.words import WORDS, add_words
from index.catalogue.translations import translations_of

if TYPE_CHECKING:
    import duckdb

TERMS = f"""
{WORDS}
CREATE TABLE terms (term BIGINT NOT NULL, numbers BIGINT[] NOT NULL);
CREATE TABLE upkeep (stale BIGINT NOT NULL);
INSERT INTO upkeep VALUES (0);
"""  # noqa: S608
# A product must occur only once under a term, since a search counts the matching terms per product.
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
# Characters of text to invert at once; each takes about 80 bytes meanwhile.
_CHUNK_CHARS = 2_000_000
_BATCH = 5000
# With fewer stale products than this, the table is not worth rebuilding.
LEAST_STALE = 20_000

Texts = tuple[int, str, str]


def add_terms(connection: "duckdb.DuckDBPyConnection", rows: Iterable[Texts]) -> None:
    """Index products, each given by its number, folded title and folded rest."""
    for chunk in _chunks(rows):
        found = postings([f"{title}\n{rest}" for _, title, rest in chunk], [number for number, _, _ in chunk])
        numbers = integer_lists(found.offsets, found.owners)
        connection.register("new_terms", arrow_table({"term": integers(found.grams), "numbers": numbers}))
        connection.execute("INSERT INTO terms SELECT * FROM new_terms")
        connection.unregister("new_terms")
        add_words(connection, (text for _, *texts in chunk for text in texts))


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
    """Update the terms of products, each given by its number, its old and its new folded text."""
    numbers = [number for number, _, _ in rows]
    connection.register("former", _pairs([former for _, former, _ in rows], numbers))
    connection.register("present", _pairs([present for _, _, present in rows], numbers))
    connection.execute(_CHANGES)
    for name in ("former", "present"):
        connection.unregister(name)
    add_words(connection, (present for _, _, present in rows))


def _pairs(texts: Sequence[str], numbers: Sequence[int]) -> object:
    found = postings(texts, numbers)
    grams = np.repeat(found.grams, np.diff(found.offsets))
    return arrow_table({"term": integers(grams), "number": integers(found.owners)})


def forget(connection: "duckdb.DuckDBPyConnection", products: int) -> None:
    """Count the terms of this many products as stale."""
    connection.execute("UPDATE upkeep SET stale = stale + ?", [products])


def is_stale(connection: "duckdb.DuckDBPyConnection") -> bool:
    """Tell whether more products are stale than current, and at least `LEAST_STALE`."""
    sql = "SELECT stale > greatest((SELECT count(*) FROM products), ?) FROM upkeep"
    [(stale,)] = connection.execute(sql, [LEAST_STALE]).fetchall()
    return bool(stale)


def rebuild(connection: "duckdb.DuckDBPyConnection") -> None:
    """Rebuild the table from the folded texts; in the caller's transaction."""
    connection.execute("DELETE FROM terms")
    connection.execute("DELETE FROM words")
    for rows in _batches(connection, "number, folded_title, folded_rest"):
        add_terms(connection, rows)
    connection.execute("UPDATE upkeep SET stale = 0")


def fold_all(connection: "duckdb.DuckDBPyConnection") -> None:
    """Compute the searchable texts of all products; in the caller's transaction."""
    for rows in _batches(connection, "number, title, description, tags, id"):
        translations = translations_of(connection, [row[4] for row in rows])
        folds = {
            "number": integers([row[0] for row in rows]),
            "title": strings([searchable(row[1]) for row in rows]),
            "rest": strings([searchable_rest(row[2], row[3], translations.get(row[4], ())) for row in rows]),
        }
        connection.register("folds", arrow_table(folds))
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

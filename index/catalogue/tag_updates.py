"""Change the tags of products in an open catalogue; the products keep their numbers, and so their order."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from index.catalogue.arrow_columns import arrow_table, integers, string_lists, strings
from index.catalogue.text_search.ngram_index import change_terms
from index.catalogue.text_search.search_text import searchable_rest
from index.catalogue.translations import translations_of

if TYPE_CHECKING:
    import duckdb


def tags_of(connection: "duckdb.DuckDBPyConnection", ids: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the tags of the products with these ids; unknown ids are skipped."""
    sql = "SELECT id, tags FROM products WHERE id IN (SELECT unnest(?::VARCHAR[]))"
    return {id: tuple(tags) for id, tags in connection.execute(sql, [list(ids)]).fetchall()}


def set_tags(connection: "duckdb.DuckDBPyConnection", tags: Mapping[str, Sequence[str]]) -> None:
    """Replace products' tags, and update the search index; in the caller's transaction."""
    if not tags:
        return
    sql = (
        "SELECT id, number, description, folded_title, folded_rest FROM products "
        "WHERE id IN (SELECT unnest(?::VARCHAR[]))"
    )
    rows = connection.execute(sql, [list(tags)]).fetchall()
    texts = translations_of(connection, [row[0] for row in rows])
    rests = [searchable_rest(description, tags[id], texts.get(id, ())) for id, _, description, _, _ in rows]
    given = {
        "number": integers([row[1] for row in rows]),
        "tags": string_lists([tags[row[0]] for row in rows]),
        "rest": strings(rests),
    }
    connection.register("given", arrow_table(given))
    connection.execute(
        "UPDATE products SET tags = given.tags, folded_rest = given.rest "
        "FROM given WHERE products.number = given.number"
    )
    connection.unregister("given")
    change_terms(
        connection,
        [
            (number, f"{title}\n{old}", f"{title}\n{new}")
            for (_, number, _, title, old), new in zip(rows, rests, strict=True)
        ],
    )

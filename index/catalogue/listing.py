"""Read what a query asks for from an open catalogue: a page of products, and the counts by property and tag."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from index.catalogue.query import ORDERS, Facets, Page, Query, Sql, TagCount, beyond, properties, select_matches
from index.catalogue.tag_queries import TagNaming, select_tags
from index.catalogue.text_search.search_text import search_words
from index.catalogue.text_search.words import possible_words
from index.catalogue.translations import translations_of
from index.product import Product

if TYPE_CHECKING:
    import duckdb

COLUMNS = "id, title, description, lang, tags"


def find(connection: "duckdb.DuckDBPyConnection", query: Query) -> None:
    """Keep the products with the query's words and tags as `found` for this connection.

    A query for all products makes a view, without copying them.
    """
    sql = select_matches(query, [possible_words(connection, word) for word in search_words(query.text)])
    # A view cannot have parameters.
    kept = "TABLE" if sql.values else "VIEW"
    connection.execute(f"CREATE TEMP {kept} found AS {sql.text}", list(sql.values))


def page(connection: "duckdb.DuckDBPyConnection", query: Query) -> Page:
    """Return the query's page of the products that `find` kept."""
    where = properties(query)
    [(total,)] = connection.execute(f"SELECT count(*) FROM found WHERE {where.text}", list(where.values)).fetchall()  # noqa: S608
    rest = beyond(query)
    numbers = (
        f"SELECT number, row_number() OVER () AS place FROM (SELECT number FROM found WHERE {where.text} "  # noqa: S608
        f"AND {rest.text} ORDER BY {ORDERS[query.order]} LIMIT ? OFFSET ?)"
    )
    values = [*where.values, *rest.values, query.limit, query.offset]
    listed = f"SELECT {COLUMNS} FROM products JOIN ({numbers}) USING (number) ORDER BY place"  # noqa: S608
    products = products_of(connection, listed, values)
    if query.order not in ("newest", "oldest"):
        return Page(products, int(total))
    [(last,)] = connection.execute(f"SELECT max_by(number, place) FROM ({numbers})", values).fetchall()  # noqa: S608
    return Page(products, int(total), last)


def facets(connection: "duckdb.DuckDBPyConnection", query: Query, tags_per_facet: int, naming: TagNaming) -> Facets:
    """Count the products that `find` kept, by property and by tag."""
    counts = {name: _counts(connection, name, properties(query, but=name)) for name in ("lang", "described", "tagged")}
    where = properties(query)
    having = select_tags(connection, f"(SELECT number, tags FROM found WHERE {where.text})", naming)  # noqa: S608
    sql = (
        f"SELECT tag, coalesce(facet, '') AS facet, n FROM (SELECT tag, count(*) AS n FROM ({having}) GROUP BY tag) "  # noqa: S608
        "LEFT JOIN (SELECT tag, facet FROM facets_of_names UNION ALL SELECT tag, any_value(facet) AS facet FROM labels "
        "WHERE tag NOT IN (SELECT tag FROM facets_of_names) GROUP BY tag) USING (tag) "
        "QUALIFY row_number() OVER (PARTITION BY coalesce(facet, '') ORDER BY n DESC, tag) <= ? ORDER BY n DESC, tag"
    )
    rows = connection.execute(sql, [*where.values, tags_per_facet]).fetchall()
    return Facets(counts["lang"], counts["described"], counts["tagged"], [TagCount(*row) for row in rows])


def _counts(connection: "duckdb.DuckDBPyConnection", column: str, where: Sql) -> dict[Any, int]:
    sql = f"SELECT {column}, count(*) FROM found WHERE {where.text} GROUP BY 1 ORDER BY 2 DESC, 1"  # noqa: S608
    return dict(connection.execute(sql, list(where.values)).fetchall())


def products_of(connection: "duckdb.DuckDBPyConnection", sql: str, values: Sequence[object] = ()) -> list[Product]:
    """Return the rows of `COLUMNS` that a query selects as products, with their texts in other languages."""
    rows = connection.execute(sql, list(values)).fetchall()
    texts = translations_of(connection, [row[0] for row in rows])
    return [
        Product(id, title, description, lang, tuple(tags), texts.get(id, ()))
        for id, title, description, lang, tags in rows
    ]

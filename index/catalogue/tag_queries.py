"""Read which products have which tags from an open catalogue, under the tags' current names.

Stored tags are never renamed; renames, merges and deletions are applied on reading.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from index.product import Product

if TYPE_CHECKING:
    import duckdb

_SLICES = 12


@dataclass(frozen=True)
class TagNaming:
    """Maps stored tags to current names (empty if deleted), and current names to facets."""

    names: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[str, str] = field(default_factory=dict)

    def read(self, tags: Sequence[str]) -> tuple[str, ...]:
        """Return a product's tags under their current names, each once."""
        return tuple(dict.fromkeys(filter(None, (self.names.get(tag, tag) for tag in tags))))

    def stored(self, name: str) -> tuple[str, ...]:
        """Return the other stored tags that now have this name; for an empty name, the deleted tags."""
        return tuple(tag for tag, now in self.names.items() if now == name)


AS_STORED = TagNaming()


@dataclass(frozen=True)
class Slice:
    """One of several equal parts of the products, in the order they were added: its size, and how many have the tag."""

    products: int
    having: int


@dataclass(frozen=True)
class TagSummary:
    """How a tag is used: number of products, the newest ones, co-occurring tags and counts, and its use over time."""

    count: int = 0
    products: Sequence[Product] = ()
    together: Mapping[str, int] = field(default_factory=dict)
    slices: Sequence[Slice] = ()


def select_tags(connection: "duckdb.DuckDBPyConnection", source: str, naming: TagNaming) -> str:
    """Return SQL that selects each product number with each of its tags, once; `source` must never come from a user."""
    for table, column, values in (("names_now", "name", naming.names), ("facets_of_names", "facet", naming.facets)):
        # Passed as parameters: Arrow takes longer to import than such a query takes.
        rows = f"SELECT unnest(?::VARCHAR[]) AS tag, unnest(?::VARCHAR[]) AS {column}"
        sql = f"CREATE OR REPLACE TEMP TABLE {table} AS {rows}"
        connection.execute(sql, [list(values), list(values.values())])
    if not naming.names:
        return f"SELECT number, unnest(tags) AS tag FROM {source}"  # noqa: S608
    return (
        "SELECT DISTINCT number, coalesce(name, stored.tag) AS tag "  # noqa: S608
        f"FROM (SELECT number, unnest(tags) AS tag FROM {source}) stored "
        "LEFT JOIN names_now ON stored.tag = names_now.tag WHERE name IS NULL OR name <> ''"
    )


def counts(connection: "duckdb.DuckDBPyConnection", naming: TagNaming) -> dict[str, int]:
    """Return the number of products per tag, the most frequent tag first."""
    sql = select_tags(connection, "products", naming)
    found = connection.execute(f"SELECT tag, count(*) AS n FROM ({sql}) GROUP BY 1 ORDER BY n DESC, tag")  # noqa: S608
    return dict(found.fetchall())


def tag_summary(connection: "duckdb.DuckDBPyConnection", tag: str, naming: TagNaming, limit: int) -> TagSummary:
    """Return how a tag is used, given its current name."""
    connection.execute(f"CREATE TEMP VIEW held AS {select_tags(connection, 'products', naming)}")
    connection.execute("CREATE TEMP TABLE having_it AS SELECT DISTINCT number FROM held WHERE tag = ?", [tag])
    [(count,)] = connection.execute("SELECT count(*) FROM having_it").fetchall()
    listed = (
        "SELECT id, title, description, lang, tags FROM products SEMI JOIN having_it USING (number) "
        "ORDER BY number DESC LIMIT ?"
    )
    together = (
        "SELECT tag, count(*) AS n FROM held SEMI JOIN having_it USING (number) WHERE tag <> ? "
        "GROUP BY 1 ORDER BY n DESC, tag LIMIT ?"
    )
    products = [
        Product(id, title, description, lang, tuple(tags))
        for id, title, description, lang, tags in connection.execute(listed, [limit]).fetchall()
    ]
    besides = dict(connection.execute(together, [tag, limit]).fetchall())
    return TagSummary(int(count), products, besides, _slices(connection))


def _slices(connection: "duckdb.DuckDBPyConnection") -> list[Slice]:
    """Divide all products, in the order they were added, into parts of equal size."""
    sql = (
        "SELECT count(*), count(having_it.number) FROM "
        "(SELECT number, ntile(?) OVER (ORDER BY number) AS part FROM products) numbered "
        "LEFT JOIN having_it USING (number) GROUP BY part ORDER BY part"
    )
    return [Slice(*row) for row in connection.execute(sql, [_SLICES]).fetchall()]

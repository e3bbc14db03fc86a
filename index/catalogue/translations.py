"""The texts of products in other languages than the first."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Final

from index.catalogue.arrow_columns import arrow_table, integers, strings
from index.catalogue.tables import has_table
from index.product import Product, Translation

if TYPE_CHECKING:
    import duckdb

TRANSLATIONS: Final = "translations"
# Made with the first product that has texts in a second language.
_TRANSLATIONS: Final = f"""
CREATE TABLE IF NOT EXISTS {TRANSLATIONS} (
    id VARCHAR NOT NULL, place BIGINT NOT NULL, lang VARCHAR NOT NULL, title VARCHAR NOT NULL,
    description VARCHAR NOT NULL
)
"""


def translations_of(connection: "duckdb.DuckDBPyConnection", ids: Sequence[str]) -> dict[str, tuple[Translation, ...]]:
    """Return the texts in other languages of the products that have some."""
    if not has_table(connection, TRANSLATIONS):
        return {}
    sql = (
        f"SELECT id, lang, title, description FROM {TRANSLATIONS} WHERE id IN (SELECT unnest(?::VARCHAR[])) "  # noqa: S608
        "ORDER BY id, place"
    )
    found: dict[str, tuple[Translation, ...]] = {}
    for id, *texts in connection.execute(sql, [list(ids)]).fetchall():
        found[id] = (*found.get(id, ()), Translation(*texts))
    return found


def set_translations(connection: "duckdb.DuckDBPyConnection", products: Sequence[Product]) -> None:
    """Write the texts in other languages of new products; in the caller's transaction."""
    rows = [(each.id, place, text) for each in products for place, text in enumerate(each.translations)]
    if not rows:
        return
    connection.execute(_TRANSLATIONS)
    table = {
        "id": strings([id for id, _, _ in rows]),
        "place": integers([place for _, place, _ in rows]),
        "lang": strings([text.lang for _, _, text in rows]),
        "title": strings([text.title for _, _, text in rows]),
        "description": strings([text.description for _, _, text in rows]),
    }
    connection.register("translated", arrow_table(table))
    connection.execute(f"INSERT INTO {TRANSLATIONS} SELECT * FROM translated")  # noqa: S608
    connection.unregister("translated")

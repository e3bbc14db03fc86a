"""The log of decisions, in the catalogue's file: an undone decision is marked; only `forget` deletes rows.

A decision on a product in the catalogue changes its stored tags in the same transaction.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, TypeAlias

from index.catalogue.arrow_columns import arrow_table, integers, string_lists, strings, times
from index.catalogue.database import Database
from index.catalogue.decision import Batch, Decision, DecisionDraft, Tags, make_batch, result, without
from index.catalogue.tables import has_table
from index.catalogue.tag_updates import set_tags, tags_of
from index.errors import BadInput
from index.product import Product

if TYPE_CHECKING:
    import duckdb

# Created with the first decision; a store without this table has no decisions.
_TABLE = """
CREATE TABLE IF NOT EXISTS decisions (
    number BIGINT NOT NULL,
    batch BIGINT NOT NULL,
    kind VARCHAR NOT NULL,
    product VARCHAR NOT NULL,
    title VARCHAR NOT NULL,
    description VARCHAR NOT NULL,
    tag VARCHAR NOT NULL,
    made_by VARCHAR NOT NULL,
    made_at TIMESTAMP NOT NULL,
    before VARCHAR[],
    undone_by VARCHAR,
    undone_at TIMESTAMP
)
"""
_COLUMNS = "number, batch, kind, product, title, description, tag, made_by, made_at, before, undone_by, undone_at"


class DecisionLog:
    """The decisions on products' tags; written by the store's one writer, read by any process."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def waiting(self, wait_s: float) -> "DecisionLog":
        """Return the same log with another limit on waiting for other processes, in seconds."""
        return DecisionLog(self._database.waiting(wait_s))

    def decide(self, drafts: Sequence[DecisionDraft]) -> list[Decision]:
        """Record drafts as one batch, and change the tags of the products; safe on disk on return."""
        if not drafts:
            return []
        with self._changing() as connection:
            connection.execute(_TABLE)
            [(last,)] = connection.execute("SELECT coalesce(max(number), 0) FROM decisions").fetchall()
            tags = tags_of(connection, [each.product.id for each in drafts])
            made = make_batch(drafts, last + 1, datetime.now(UTC), tags)
            _insert(connection, made)
            set_tags(connection, {id: new for id, new in result(made).items() if new != tags[id]})
        return made

    def restore(self, decisions: Sequence[Decision]) -> None:
        """Copy decisions from another catalogue unchanged; no product's tags change."""
        if decisions:
            with self._changing() as connection:
                connection.execute(_TABLE)
                _insert(connection, decisions)

    def forget(self, products: Sequence[str]) -> int:
        """Delete the decisions on these products with their texts, also of those no longer there; return the number."""
        with self._changing() as connection:
            connection.execute(_TABLE)
            sql = "DELETE FROM decisions WHERE product IN (SELECT unnest(?::VARCHAR[]))"
            [(gone,)] = connection.execute(sql, [list(products)]).fetchall()
        return int(gone)

    def undo(self, numbers: Sequence[int], by: str) -> list[Decision]:
        """Mark decisions as undone, and give the products the tags they would have without them.

        Raises `BadInput` if a number is unknown or already undone; then nothing changes.
        """
        with self._changing() as connection:
            connection.execute(_TABLE)
            found = _read(connection, "number IN (SELECT unnest(?::BIGINT[]))", [list(numbers)])
            _refuse_others(numbers, found)
            self._rewrite(connection, found)
            sql = "UPDATE decisions SET undone_by = ?, undone_at = ? WHERE number IN (SELECT unnest(?::BIGINT[]))"
            connection.execute(sql, [by, datetime.now(UTC), list(numbers)])
            return _read(connection, "number IN (SELECT unnest(?::BIGINT[]))", [list(numbers)])

    def _rewrite(self, connection: "duckdb.DuckDBPyConnection", gone: Sequence[Decision]) -> None:
        """Recompute the stored tags, and the `before` tags of later decisions."""
        ids = list(dict.fromkeys(each.product for each in gone if each.before is not None))
        numbers = {each.number for each in gone}
        chains: dict[str, list[Decision]] = {id: [] for id in ids}
        where = "undone_at IS NULL AND product IN (SELECT unnest(?::VARCHAR[]))"
        for each in _read(connection, where, [ids]):
            chains[each.product].append(each)
        new: dict[str, Tags] = {}
        changed: list[Decision] = []
        for id, now in tags_of(connection, ids).items():
            tags, others = without(chains[id], numbers)
            if tags != now:
                new[id] = tags
            changed += others
        _tie(connection, changed)
        set_tags(connection, new)

    def of(self, product: str) -> list[Decision]:
        """Return all decisions on a product, the latest first, including undone ones."""
        return self._read("product = ?", [product])[::-1]

    def batch_of(self, number: int) -> list[Decision]:
        """Return the decisions made together with this one, in order."""
        return self._read("batch = (SELECT batch FROM decisions WHERE number = ?)", [number])

    def batches(self, limit: int) -> list[Batch]:
        """Return the latest decisions made on several products at once, the latest first."""
        sql = (
            "SELECT batch, first(kind), first(tag), first(made_by), first(made_at), count(*), "
            "count(*) FILTER (undone_at IS NULL) FROM decisions GROUP BY batch HAVING count(*) > 1 "
            "ORDER BY batch DESC LIMIT ?"
        )
        with self._database.opened(read_only=True) as connection:
            rows = connection.execute(sql, [limit]).fetchall() if has_table(connection, "decisions") else []
        return [
            Batch(number, kind, tag, by, at.replace(tzinfo=UTC), made, left)
            for number, kind, tag, by, at, made, left in rows
        ]

    def all(self) -> list[Decision]:
        """Return all decisions in order, including undone ones."""
        return self._read("true", [])

    def active(self) -> list[Decision]:
        """Return the decisions that were not undone, in order."""
        return self._read("undone_at IS NULL", [])

    def products_in_force(self) -> set[str]:
        """Return the ids of the products with active decisions."""
        return {each.product for each in self.active()}

    def version(self) -> tuple[int, int]:
        """Return a value that changes with every decision and every undo."""
        with self._database.opened(read_only=True) as connection:
            if not has_table(connection, "decisions"):
                return 0, 0
            [row] = connection.execute("SELECT count(*), count(undone_at) FROM decisions").fetchall()
            return int(row[0]), int(row[1])

    def stamp(self) -> tuple[int, ...]:
        """Return a value that changes with every write to the catalogue, without opening the file."""
        return self._database.stamp()

    def _read(self, where: str, values: list[Any]) -> list[Decision]:
        with self._database.opened(read_only=True) as connection:
            return _read(connection, where, values) if has_table(connection, "decisions") else []

    def _changing(self) -> contextlib.AbstractContextManager["duckdb.DuckDBPyConnection"]:
        return self._database.changing()


def _refuse_others(numbers: Sequence[int], found: Sequence[Decision]) -> None:
    known = {each.number: each for each in found}
    for number in numbers:
        if number not in known:
            raise BadInput("decision.missing", number=number)
        if known[number].undone_at is not None:
            raise BadInput("decision.already-undone", number=number, by=known[number].undone_by)


def _read(connection: "duckdb.DuckDBPyConnection", where: str, values: list[Any]) -> list[Decision]:
    sql = f"SELECT {_COLUMNS} FROM decisions WHERE {where} ORDER BY number"  # noqa: S608
    return [_decision(*row) for row in connection.execute(sql, values).fetchall()]


def _decision(*row: Any) -> Decision:
    *first, at, before, undone_by, undone_at = row
    number, batch, kind, product, title, description, tag, by = first
    undone = None if undone_at is None else undone_at.replace(tzinfo=UTC)
    tags = None if before is None else tuple(before)
    made = at.replace(tzinfo=UTC)
    return Decision(number, batch, kind, product, title, description, tag, by, made, tags, undone_by, undone)


def _insert(connection: "duckdb.DuckDBPyConnection", made: Sequence[Decision]) -> None:
    """Insert decisions with all their columns, including who undid them and when."""
    table = {
        "number": integers([each.number for each in made]),
        "batch": integers([each.batch for each in made]),
        **{
            name: strings([getattr(each, name) for each in made])
            for name in ("kind", "product", "title", "description", "tag")
        },
        "made_by": strings([each.by for each in made]),
        "made_at": times([each.at for each in made]),
        "before": string_lists([each.before for each in made]),
        "undone_by": strings([each.undone_by for each in made]),
        "undone_at": times([each.undone_at for each in made]),
    }
    connection.register("made", arrow_table(table))
    connection.execute("INSERT INTO decisions SELECT * FROM made")
    connection.unregister("made")


def _tie(connection: "duckdb.DuckDBPyConnection", decisions: Sequence[Decision]) -> None:
    """Update the `before` tags and the tag names of recorded decisions."""
    table = {
        "number": integers([each.number for each in decisions]),
        "tag": strings([each.tag for each in decisions]),
        "before": string_lists([each.before or () for each in decisions]),
    }
    connection.register("tied", arrow_table(table))
    connection.execute(
        "UPDATE decisions SET before = tied.before, tag = tied.tag FROM tied WHERE decisions.number = tied.number"
    )
    connection.unregister("tied")


# Returns an incoming product's name for the tag of a decision.
Named: TypeAlias = Callable[[Product, str], str]


def as_decided(product: Product, tag: str) -> str:
    """Keep the decision's name for the tag."""
    return tag


def apply_decisions(
    connection: "duckdb.DuckDBPyConnection", products: Sequence[Product], named: Named
) -> list[Product]:
    """Apply earlier decisions to the tags of incoming products; in the caller's transaction.

    The log is updated to the incoming products' names of the tags and to their incoming tags, so that undoing a
    decision restores these.
    """
    if not has_table(connection, "decisions"):
        return list(products)
    coming = {product.id: product for product in products}
    where = "undone_at IS NULL AND before IS NOT NULL AND product IN (SELECT unnest(?::VARCHAR[]))"
    held = []
    for each in _read(connection, where, [list(coming)]):
        product = coming[each.product]
        held.append(replace(each, tag=named(product, each.tag), before=product.tags))
        coming[each.product] = replace(product, tags=held[-1].after(product.tags))
    _tie(connection, held)
    return [coming[product.id] for product in products]

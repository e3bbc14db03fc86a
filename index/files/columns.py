"""Which column of a file holds which field of a product."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from index.errors import BadInput
from index.files.field_names import guess_columns, plain
from index.messages import mark

FIELDS: Final = (mark("id"), mark("title"), mark("description"), mark("lang"), mark("tags"))


@dataclass(frozen=True)
class Columns:
    """Maps product fields to columns of the file; an unmapped field is read from the column of its own name.

    `attributes` are columns whose values become tags with the column's name as their facet.
    """

    names: Mapping[str, str] = field(default_factory=dict)
    attributes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        unknown = sorted(set(self.names) - set(FIELDS))
        if unknown:
            raise BadInput("map.unknown-field", field=unknown[0], available=", ".join(FIELDS))

    def value(self, values: Mapping[str, Any], name: str) -> Any:
        """Return the row's value for a field, or `None` if it has no such column."""
        return values.get(self.names.get(name, name))


def refuse_unknown(columns: Columns, found: Collection[str], source: str) -> None:
    """Raise `BadInput` if a mapping names a column that is not in `found`."""
    for column in (*columns.names.values(), *columns.attributes):
        if found and column_of(column, found) is None:
            raise BadInput("map.missing-column", file=source, column=column, available=", ".join(sorted(found)))


def resolve(columns: Columns, found: Iterable[str]) -> dict[str, str]:
    """Return the column of each field that has one.

    A mapped column is the one with that name, or with the same name in another case. The other fields are read from
    the columns with their own names, or with names that shops use for them.
    """
    names = [name for name in found if isinstance(name, str)]
    mapped = {name: column_of(column, names) for name, column in columns.names.items()}
    taken = set(mapped.values())
    free = [name for name in names if name not in taken]
    guessed = guess_columns(free)
    chosen = {}
    for name in FIELDS:
        column = mapped.get(name) if name in columns.names else (name if name in free else guessed.get(name))
        if column is not None:
            chosen[name] = column
    return chosen


def column_of(wanted: str, found: Collection[str]) -> str | None:
    """Return the column with a name, or with the same name in another case; `None` if there is none."""
    if wanted in found:
        return wanted
    return next((name for name in found if plain(name) == plain(wanted)), None)

"""Base classes of all results: plain values for JSON, and a table in a notebook."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields, is_dataclass
from datetime import datetime
from typing import TypeVar, overload

from markupsafe import Markup

Item = TypeVar("Item", covariant=True)
Row = Sequence[object]

_TABLE = Markup("<table><thead><tr>{}</tr></thead><tbody>{}</tbody></table>")
_HEAD, _ROW, _CELL = Markup("<th>{}</th>"), Markup("<tr>{}</tr>"), Markup("<td>{}</td>")


class Result:
    """Base class of the frozen dataclasses that the public API returns."""

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON; times are in ISO 8601."""
        return _fields_of(self)

    def _columns(self) -> Row:
        return ("", "")

    def _rows(self) -> Iterable[Row]:
        return self.as_dict().items()

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows; all text is escaped."""
        head = Markup().join(_HEAD.format(name) for name in self._columns())
        return str(_TABLE.format(head, Markup().join(map(_row, self._rows()))))


class ResultSequence(Result, Sequence[Item]):
    """A result that is also a sequence."""

    @property
    @abstractmethod
    def _items(self) -> Sequence[Item]:
        """The items of the sequence."""

    @overload
    def __getitem__(self, place: int) -> Item: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[Item]: ...
    def __getitem__(self, place: int | slice) -> Item | Sequence[Item]:
        """Return one item, or a slice of them."""
        return self._items[place]

    def __len__(self) -> int:
        """Return the number of items."""
        return len(self._items)


def plain(value: object) -> object:
    """Convert a value to the plain types of JSON."""
    if is_dataclass(value) and not isinstance(value, type):
        return _fields_of(value)
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(each) for each in value]
    return value.isoformat() if isinstance(value, datetime) else value


def _fields_of(value: object) -> dict[str, object]:
    assert is_dataclass(value)
    return {each.name: plain(getattr(value, each.name)) for each in fields(value)}


def _row(cells: Row) -> Markup:
    return _ROW.format(Markup().join(_CELL.format(_format_cell(cell)) for cell in cells))


def _format_cell(cell: object) -> object:
    if isinstance(cell, bool):
        return "✓" if cell else ""
    if isinstance(cell, float):
        return f"{cell:.3f}"
    if isinstance(cell, Mapping):
        return ", ".join(f"{key}: {_format_cell(each)}" for key, each in cell.items())
    return ", ".join(str(_format_cell(each)) for each in cell) if isinstance(cell, (list, tuple)) else cell

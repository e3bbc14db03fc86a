"""Which rows are one product. They usually follow one another; those that do not are found in a first reading."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from index.errors import BadInput
from index.files.dialects.base import FileReading
from index.files.readers.rows import FileRow

# Rows by the key of their product, which come later than its other rows.
Late = Mapping[str, Sequence[FileRow]]


@dataclass
class LateRows:
    """Collects the rows that come after rows of other products."""

    found: dict[str, list[FileRow]] = field(default_factory=dict)
    _seen: set[int] = field(default_factory=set)
    _last: str = ""

    def add(self, key: str, row: FileRow) -> None:
        """Take one row."""
        if not key:
            self._last = ""
            return
        if key == self._last:
            if key in self.found:
                self.found[key].append(row)
            return
        self._last = key
        # A number takes less memory than a text.
        if (number := hash(key)) in self._seen:
            self.found.setdefault(key, []).append(row)
        self._seen.add(number)


def products_in(rows: Iterable[FileRow], reading: FileReading, late: Late) -> Iterator[FileRow]:
    """Yield a row of fields for each product, in the order of their first rows; a broken row stays as it is."""
    group: list[FileRow] = []
    last = ""
    done: set[str] = set()
    position = 0
    for row in rows:
        position = row.position
        if row.values is None:
            yield row
            continue
        key = reading.key(row.values)
        if not key:
            if group:
                yield _product(group, reading, position)
                group = []
            last = ""
            yield _product([row], reading, position)
        elif key == last:
            if group:
                group.append(row)
        else:
            if group:
                yield _product(group, reading, position)
            last = key
            group = [] if key in done else [row]
            if key in late and key not in done:
                done.add(key)
                group += late[key]
    if group:
        yield _product(group, reading, position)


def _product(rows: Sequence[FileRow], reading: FileReading, position: int) -> FileRow:
    values = [row.values for row in rows if row.values is not None]
    try:
        return FileRow(rows[0].line, reading.record(values), None, position)
    except BadInput as error:
        return FileRow(rows[0].line, None, error.message, position)

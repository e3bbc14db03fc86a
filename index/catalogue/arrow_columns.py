"""Arrow columns for DuckDB, made from buffers.

`pyarrow.array` would do the same, but imports pandas if it is installed, which takes a third of a second and 40 MB.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from itertools import accumulate, chain
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import pyarrow

Integers: TypeAlias = Sequence[int] | npt.NDArray[np.int64]


def arrow_table(columns: "Mapping[str, pyarrow.Array]") -> "pyarrow.Table":
    """Return a table of these columns."""
    import pyarrow

    return pyarrow.Table.from_arrays(list(columns.values()), names=list(columns))


def integers(values: Integers) -> "pyarrow.Array":
    """Return a column of 64-bit integers."""
    import pyarrow

    return pyarrow.Array.from_buffers(pyarrow.int64(), len(values), [None, _buffer(values)])


def integer_lists(offsets: Integers, values: Integers) -> "pyarrow.Array":
    """Return a column of lists: list i is `values[offsets[i]:offsets[i + 1]]`."""
    import pyarrow

    kind = pyarrow.large_list(pyarrow.int64())
    return pyarrow.Array.from_buffers(kind, len(offsets) - 1, [None, _buffer(offsets)], children=[integers(values)])


def strings(values: Sequence[str | None]) -> "pyarrow.Array":
    """Return a column of texts."""
    import pyarrow

    encoded = [b"" if value is None else value.encode() for value in values]
    buffers = [_present(values), _buffer(_offsets(map(len, encoded))), pyarrow.py_buffer(b"".join(encoded))]
    return pyarrow.Array.from_buffers(pyarrow.large_string(), len(encoded), buffers)


def string_lists(values: Sequence[Sequence[str] | None]) -> "pyarrow.Array":
    """Return a column of lists of texts."""
    import pyarrow

    lists = [value or () for value in values]
    kind = pyarrow.large_list(pyarrow.large_string())
    buffers = [_present(values), _buffer(_offsets(map(len, lists)))]
    return pyarrow.Array.from_buffers(kind, len(lists), buffers, children=[strings(list(chain(*lists)))])


def times(values: Sequence[datetime | None]) -> "pyarrow.Array":
    """Return a column of moments in UTC, without a time zone, as DuckDB's TIMESTAMP."""
    import pyarrow

    plain = [None if value is None else value.astimezone(UTC).replace(tzinfo=None) for value in values]
    moments = np.array([0 if value is None else np.datetime64(value, "us").astype(np.int64) for value in plain])
    return pyarrow.Array.from_buffers(pyarrow.timestamp("us"), len(plain), [_present(values), _buffer(moments)])


def _offsets(lengths: Iterable[int]) -> list[int]:
    return list(accumulate(lengths, initial=0))


def _buffer(values: Integers) -> "pyarrow.Buffer":
    import pyarrow

    return pyarrow.py_buffer(np.ascontiguousarray(values, np.int64))


def _present(values: Sequence[object]) -> "pyarrow.Buffer | None":
    """Return a bit for each value, 0 for None; or None if all are present."""
    import pyarrow

    if None not in values:
        return None
    return pyarrow.py_buffer(np.packbits([value is not None for value in values], bitorder="little"))

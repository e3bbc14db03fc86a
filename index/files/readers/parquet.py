"""Read Parquet files; a broken value does not stop the reading."""

import io
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from index.errors import BadInput
from index.files.readers.rows import DAMAGED, FileRow, is_packed
from index.messages import Message


def parquet_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    """Yield the rows; a line is the number of the row. Raises `BadInput` if it is not a Parquet file."""
    import pyarrow
    import pyarrow.parquet

    try:
        source = pyarrow.parquet.ParquetFile(io.BytesIO(file.read()) if is_packed(path) else path)
        line = 0
        for batch in source.iter_batches(batch_size=2048):
            for values in batch_values(batch):
                line += 1
                yield FileRow(line, *values, position())
    except (pyarrow.ArrowException, *DAMAGED) as error:
        raise BadInput("file.not-parquet", path=path, reason=error) from error


def batch_values(batch: Any) -> Iterator[tuple[Mapping[str, Any] | None, Message | None]]:
    """Yield each row's values, or None and the problem: text that is not UTF-8, a date out of Python's range."""
    try:
        yield from ((values, None) for values in batch.to_pylist())
    except (ValueError, OverflowError) as error:
        if len(batch) == 1:
            yield None, Message("row.bad-value", reason=error)
        else:
            for row in range(len(batch)):
                yield from batch_values(batch.slice(row, 1))

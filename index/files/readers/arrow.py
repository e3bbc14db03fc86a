"""Read Arrow's files and streams; Feather files are Arrow files too."""

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, Final

from index.errors import BadInput
from index.files.readers.parquet import batch_values
from index.files.readers.rows import DAMAGED, FileRow, is_packed

ARROW: Final = (".arrow", ".feather", ".ipc", ".arrows")
_BATCH_ROWS: Final = 2048


def arrow_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    """Yield the rows; a line is the number of the row. Raises `BadInput` if it is not an Arrow file."""
    import pyarrow

    try:
        line = 0
        source = io.BytesIO(file.read()) if is_packed(path) else pyarrow.memory_map(str(path))
        for batch in _batches(source):
            for values in batch_values(batch):
                line += 1
                yield FileRow(line, *values, position())
    except (pyarrow.ArrowException, OSError, *DAMAGED) as error:
        raise BadInput("file.not-arrow", path=path, reason=error) from error


def _batches(source: Any) -> Iterator[Any]:
    """Yield the batches of a file or a stream in small parts, since a file may be one large batch."""
    import pyarrow
    import pyarrow.ipc

    try:
        found = pyarrow.ipc.open_file(source)
        batches = (found.get_batch(place) for place in range(found.num_record_batches))
    except pyarrow.ArrowInvalid:
        source.seek(0)
        batches = iter(pyarrow.ipc.open_stream(source))
    for batch in batches:
        for begin in range(0, len(batch), _BATCH_ROWS):
            yield batch.slice(begin, _BATCH_ROWS)

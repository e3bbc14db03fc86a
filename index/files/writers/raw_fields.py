"""The fields of a row of delimited text, as they are written in the file."""

import re
from collections.abc import Sequence
from functools import lru_cache

from index.files.readers.delimited_format import DelimitedFormat

_ROW_ENDS = ("\r\n", "\n", "\r")


def split_row(row: str, format: DelimitedFormat) -> tuple[list[str], str]:
    """Return a row's fields with their quotation marks, and its line end; joined again they are the row."""
    end = next((each for each in _ROW_ENDS if row.endswith(each)), "")
    body = row[: len(row) - len(end)]
    field = _field(format)
    fields, place = [], 0
    while True:
        found = field.match(body, place)
        assert found
        fields.append(found[0])
        if found.end() >= len(body):
            return fields, end
        place = found.end() + 1


@lru_cache(maxsize=64)
def _field(format: DelimitedFormat) -> re.Pattern[str]:
    delimiter, quote = re.escape(format.delimiter), re.escape(format.quote)
    plain = f"[^{delimiter}]*+"
    if not quote:
        return re.compile(plain)
    inside = rf"[^{quote}\\]|\\.|{quote}{quote}" if format.backslash else rf"[^{quote}]|{quote}{quote}"
    return re.compile(rf"{quote}(?:{inside})*+{quote}{plain}|{plain}", re.DOTALL)


def raw_field(text: str, format: DelimitedFormat, others: Sequence[str], former: str = "") -> str:
    """Return a field with this text: quoted if it must be, or the previous text was, or others are without need."""
    if not format.quote:
        return text
    always = not former and any(other.startswith(format.quote) and not _needs(other[1:-1], format) for other in others)
    if former.startswith(format.quote) or always or _needs(text, format):
        return format.quote + _escaped(text, format) + format.quote
    return text


def _needs(text: str, format: DelimitedFormat) -> bool:
    """Tell whether a text must be quoted."""
    return any(each in text for each in (format.delimiter, format.quote, "\r", "\n"))


def _escaped(text: str, format: DelimitedFormat) -> str:
    if format.backslash:
        return text.replace("\\", "\\\\").replace(format.quote, f"\\{format.quote}")
    return text.replace(format.quote, format.quote * 2)

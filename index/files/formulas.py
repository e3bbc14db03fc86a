"""Cells that a spreadsheet takes for formulas, and the apostrophe that prevents it."""

import re
from typing import Final

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")
# A text that begins with apostrophes gets one more, so that unmasking returns it as it was.
_LIKE_A_FORMULA: Final = re.compile(r"'*[=+\-@\t\r]")
_MASKED: Final = re.compile(r"'+[=+\-@\t\r]")


def mask(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula."""
    return f"'{cell}" if _LIKE_A_FORMULA.match(cell) else cell


def unmask(cell: str) -> str:
    """Remove the apostrophe that `mask` put before a cell."""
    return cell[1:] if cell[:1] == "'" and _MASKED.match(cell) else cell

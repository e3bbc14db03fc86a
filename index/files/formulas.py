"""Cells that a spreadsheet takes for formulas."""

from typing import Final

# A spreadsheet takes a cell that begins with one of these for a formula.
FORMULA_STARTS: Final = ("=", "+", "-", "@", "\t", "\r")

"""How much may be asked, and how much of it at once, whichever way it is asked: page, REST, named endpoint or tool."""

from dataclasses import dataclass

LONGEST_TEXT = 200_000
# Every word of a query is a condition on each product, so a query is short.
LONGEST_QUERY = 200
TAGS, MOST_TAGS = 10, 100
PRODUCTS, MOST_PRODUCTS = 20, 100
SIMILAR = 8
SUGGESTIONS, MOST_SUGGESTIONS = 10, 30
MOST_WITHOUT = 10
FARTHEST_OFFSET = 1_000_000_000
# Of a decision or a change of a tag; it fits into DuckDB's BIGINT.
MOST_NUMBER = 1 << 62


@dataclass(frozen=True)
class ConcurrencyLimit:
    """How many calls of the named endpoints of a kind run at once."""

    name: str
    at_once: int


TAGGING = ConcurrencyLimit("tagging", 2)
BROWSING = ConcurrencyLimit("browsing", 4)
# Calls of the named endpoints that wait for their turn to run.
MOST_CALLS_WAITING = 64
# Requests of every kind that wait for the models.
MOST_WAITING = 32

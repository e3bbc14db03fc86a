"""Limits on request sizes and concurrency, shared by the page, REST, named endpoints and MCP tools."""

from dataclasses import dataclass

LONGEST_TEXT = 200_000
# Every word of a query is a condition on each product, so queries must be short.
LONGEST_QUERY = 200
TAGS, MOST_TAGS = 10, 100
PRODUCTS, MOST_PRODUCTS = 20, 100
SIMILAR = 8
SUGGESTIONS, MOST_SUGGESTIONS = 10, 30
MOST_WITHOUT = 10
# Words that name tags in one kind of rule.
MOST_RULES = 10_000
FARTHEST_OFFSET = 1_000_000_000
# The largest number of a decision or tag change. It fits into DuckDB's BIGINT.
MOST_NUMBER = 1 << 62


@dataclass(frozen=True)
class ConcurrencyLimit:
    """How many calls of a group of named endpoints may run at the same time."""

    name: str
    at_once: int


TAGGING = ConcurrencyLimit("tagging", 2)
BROWSING = ConcurrencyLimit("browsing", 4)
# Calls of the named endpoints that may wait for their turn.
MOST_CALLS_WAITING = 64
# Products that may wait to be tagged; other requests that may wait for the models.
MOST_WAITING = 64
# Products that are tagged together; of one request that has many, so that others need not wait long.
MOST_IN_BATCH, MOST_AT_ONCE = 32, 16
# Products in one request.
MOST_TOGETHER = 256

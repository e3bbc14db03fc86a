"""How many events of the page run at once, and how many wait."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Limits:
    """How many events of a kind run at once."""

    name: str
    at_once: int


# A page that waits for a model needs few workers; the rest waits in a line that ends.
MOST_WAITING = 64
TAGGING = Limits("tagging", 2)
BROWSING = Limits("browsing", 4)


def private(limits: Limits, progress: str = "minimal") -> dict[str, Any]:
    """Keep an event of the page out of the API; the latest of several quick ones counts."""
    return {
        "api_visibility": "private",
        "show_progress": progress,
        "trigger_mode": "always_last",
        "concurrency_limit": limits.at_once,
        "concurrency_id": limits.name,
    }

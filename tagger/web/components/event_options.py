"""How the page's events run."""

from typing import Any

# For events that are given lists whose choices come from the server: it knows those of a page only until it is started
# anew, and would then refuse every value. What the view is given it checks itself.
RAW: dict[str, Any] = {"preprocess": False}


def private(progress: str = "minimal") -> dict[str, Any]:
    """Keep an event of the page out of the API; the latest of several quick ones counts.

    Without Gradio's queue: its client closes the stream of answers when the last one has come, and an event that joins
    the queue in that moment is never answered.
    """
    return {"api_visibility": "private", "show_progress": progress, "trigger_mode": "always_last", "queue": False}


def every_one() -> dict[str, Any]:
    """Keep an event of the page out of the API, and lose none: what a late one says is not what the first one said."""
    return {**private("hidden"), "trigger_mode": "multiple"}

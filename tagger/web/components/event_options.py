"""Options for the page's Gradio events."""

from typing import Any

# For events whose inputs have choices that the server supplied. After a restart, Gradio no longer knows the choices of
# open pages and would refuse every value. The view checks its arguments instead.
RAW: dict[str, Any] = {"preprocess": False}


def private(progress: str = "minimal") -> dict[str, Any]:
    """Keep an event out of the API. Of several events in quick succession, the last one counts.

    The event bypasses Gradio's queue: the client closes the answer stream after the last answer, and an event that
    joins the queue at that moment never gets an answer.
    """
    return {"api_visibility": "private", "show_progress": progress, "trigger_mode": "always_last", "queue": False}


def every_one() -> dict[str, Any]:
    """Keep an event out of the API, and run every one: clicks ask for different things, so none may be dropped."""
    return {**private("hidden"), "trigger_mode": "multiple"}

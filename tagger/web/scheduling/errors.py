"""Errors of the queue."""

from index.errors import TagweaveError


class Busy(TagweaveError):
    """Too many requests are already waiting; ask again after `retry_after_s` seconds."""

    retry_after_s = 1


class TooLate(TagweaveError):
    """The deadline of a request passed before it was answered."""


class Stopping(TagweaveError):
    """The server is shutting down and takes no more work."""

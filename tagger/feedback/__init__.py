"""Decisions, tag edits and the review queue."""

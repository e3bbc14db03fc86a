"""The tab for review."""

"""The tab for quality figures."""

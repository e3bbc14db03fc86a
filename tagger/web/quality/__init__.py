"""The tab of quality figures."""

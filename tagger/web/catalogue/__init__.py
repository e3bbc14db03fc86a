"""The tab of the catalogue."""

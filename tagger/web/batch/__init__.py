"""The tab that tags a whole file."""

"""The tab that tags a file."""

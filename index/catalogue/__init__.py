"""Products, decisions and tag edits in DuckDB."""

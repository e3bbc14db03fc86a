"""Text search: n-grams in DuckDB, over texts in their normal form."""

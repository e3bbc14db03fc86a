"""Other databases."""

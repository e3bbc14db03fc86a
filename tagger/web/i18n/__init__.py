"""Page texts in both languages."""

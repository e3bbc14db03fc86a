"""The page of one tag."""

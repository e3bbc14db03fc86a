"""The page and the APIs."""

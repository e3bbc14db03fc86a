"""Text encoders, their weights, and the cache of vectors."""

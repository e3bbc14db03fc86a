"""Products, their vectors, and how to find near ones; knows nothing of tagging."""

"""One module for each shop program."""

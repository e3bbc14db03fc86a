"""Products, files, text, vectors, the catalogue and the decisions recorded in it."""

"""Products, files, text, vectors, the catalogue, and what people decided in it."""

"""Tell products that the store knows nothing like apart from the others."""

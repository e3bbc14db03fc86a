"""Read, check and write product files."""

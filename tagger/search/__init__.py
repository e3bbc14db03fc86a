"""Search and browsing of the catalogue."""

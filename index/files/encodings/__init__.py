"""Find out in which encoding a file was written."""

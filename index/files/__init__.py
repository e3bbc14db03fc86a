"""Files of products: read, checked, written."""

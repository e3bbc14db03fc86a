"""What the page and the APIs ask of a store."""

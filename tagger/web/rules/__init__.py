"""The form for the rules of a store."""

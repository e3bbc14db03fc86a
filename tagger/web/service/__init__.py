"""The operations on a store that the page and the APIs call."""

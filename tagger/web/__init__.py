"""The web page and the APIs."""

"""The names of tags: finding them in texts, and how well they fit a text."""

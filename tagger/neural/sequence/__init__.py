"""The tagger that reads words and writes tags."""

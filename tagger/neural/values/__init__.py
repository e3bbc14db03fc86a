"""The tagger that marks the values of attributes in texts."""

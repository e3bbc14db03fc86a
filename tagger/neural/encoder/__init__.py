"""The tagger whose encoder is fine-tuned."""

"""A plugin whose entry point is not callable."""

TAGGER = "longest word"

"""A plugin whose entry point is no function."""

TAGGER = "longest word"

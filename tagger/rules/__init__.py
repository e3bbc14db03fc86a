"""Rules that people set for the tags of a store: which may be suggested, and which are accepted or implied."""

from tagger.rules.rules import NO_RULES, Rules

__all__ = ["NO_RULES", "Rules"]

"""Taggers, encoders and indexes by name: what each must be, where it is found, which take part."""

from tagger.plugins.protocols import Analysis, Analyzes, BaseTagger, Explains, Follows, Pretrained, Resources, Trainable
from tagger.plugins.registries import ENCODERS, INDEXES, TAGGERS, PluginSettings, create_tagger

__all__ = [
    "ENCODERS",
    "INDEXES",
    "TAGGERS",
    "Analysis",
    "Analyzes",
    "BaseTagger",
    "Explains",
    "Follows",
    "PluginSettings",
    "Pretrained",
    "Resources",
    "Trainable",
    "create_tagger",
]

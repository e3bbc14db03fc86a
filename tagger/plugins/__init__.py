"""Plugins: the protocols of taggers, the registries of taggers, encoders and indexes, and the guards around them."""

from tagger.plugins.protocols import (
    Analysis,
    Analyzes,
    BaseTagger,
    Explains,
    FindsNeighbours,
    Follows,
    LabelFree,
    Pretrained,
    Resources,
    Reviews,
    TextOnly,
    Trainable,
)
from tagger.plugins.registries import ENCODERS, INDEXES, TAGGERS, PluginSettings, create_tagger

__all__ = [
    "ENCODERS",
    "INDEXES",
    "TAGGERS",
    "Analysis",
    "Analyzes",
    "BaseTagger",
    "Explains",
    "FindsNeighbours",
    "Follows",
    "LabelFree",
    "PluginSettings",
    "Pretrained",
    "Resources",
    "Reviews",
    "TextOnly",
    "Trainable",
    "create_tagger",
]

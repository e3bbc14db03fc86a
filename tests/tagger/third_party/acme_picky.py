"""A plugin that must be told something, and whose default is no plain value."""

from pathlib import Path

from tagger.plugins import BaseTagger, Resources


def create(resources: Resources, *, url: str, folder: Path = Path("words")) -> BaseTagger:
    raise NotImplementedError

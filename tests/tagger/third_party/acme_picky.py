"""A plugin with a required setting and a default that is not a plain value."""

from pathlib import Path

from tagger.plugins import BaseTagger, Resources


def create(resources: Resources, *, url: str, folder: Path = Path("words")) -> BaseTagger:
    raise NotImplementedError

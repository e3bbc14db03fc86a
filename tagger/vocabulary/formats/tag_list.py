"""Read a plain list of tags, one per line."""

from pathlib import Path

from index.text.cleaning import clean
from tagger.vocabulary.formats.text_file import whole
from tagger.vocabulary.vocabulary import Entry, Vocabulary


def read_tag_list(path: Path) -> Vocabulary:
    """Read the tags; empty lines and repeated tags are skipped. Raises `BadInput` if the file cannot be read."""
    tags = dict.fromkeys(filter(None, map(clean, whole(path).splitlines())))
    return Vocabulary(map(Entry, tags))

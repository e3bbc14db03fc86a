"""Read a vocabulary file of any supported format."""

from pathlib import Path

from index.errors import BadInput
from tagger.vocabulary.formats import skos, tsv
from tagger.vocabulary.formats.packaged import NAMES, read_packaged
from tagger.vocabulary.formats.tag_list import read_tag_list
from tagger.vocabulary.formats.taxonomy import read_taxonomy
from tagger.vocabulary.formats.text_file import open_text
from tagger.vocabulary.vocabulary import Vocabulary

_TABLE, _LIST = ".tsv", ".txt"


def read_vocabulary(path: Path) -> Vocabulary:
    """Read a list or a table of tags, a taxonomy of ids with English and Chinese names, or SKOS, optionally gzipped.

    The file's ending tells the format: a .txt file has a tag per line, and a .tsv file is a table if it starts with
    column names, else a taxonomy. The name of a packaged vocabulary stands for it, unless there is a file of that name.
    Raises `BadInput` if the file cannot be read.
    """
    if str(path) in NAMES and not path.exists():
        return read_packaged(str(path)).vocabulary
    ending = Path(path.name.lower().removesuffix(".gz")).suffix
    if ending in skos.FORMATS:
        return skos.read_skos(path, skos.FORMATS[ending])
    if ending == _LIST:
        return read_tag_list(path)
    if ending != _TABLE:
        known = ", ".join([_TABLE, _LIST, *skos.FORMATS])
        raise BadInput("vocabulary.unknown-kind", path=path, ending=ending, available=known)
    with open_text(path) as file:
        first = file.readline()
    return tsv.read_tsv(path) if tsv.has_header(first) or first.count("\t") != 2 else read_taxonomy(path)

"""The vocabulary of tags: names, labels, aliases, facets and parents."""

from index.text.folding import fold
from tagger.vocabulary.formats.reader import read_vocabulary
from tagger.vocabulary.formats.tsv import read_tsv, write_tsv
from tagger.vocabulary.normalize import collapse, places, stands
from tagger.vocabulary.vocabulary import Clash, Entry, Facet, Vocabulary, from_rows

__all__ = [
    "Clash", "Entry", "Facet", "Vocabulary", "collapse", "fold", "from_rows", "places", "read_tsv", "read_vocabulary",
    "stands", "write_tsv",
]  # fmt: skip

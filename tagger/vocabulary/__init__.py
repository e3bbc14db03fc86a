"""The tags there are: what they are called, in which ways, and what is above them."""

from tagger.vocabulary.formats.reader import read_vocabulary
from tagger.vocabulary.formats.tsv import read_tsv, write_tsv
from tagger.vocabulary.normalize import collapsed, folded, places, stands
from tagger.vocabulary.vocabulary import Clash, Entry, Vocabulary, from_rows

__all__ = [
    "Clash", "Entry", "Vocabulary", "collapsed", "folded", "from_rows", "places", "read_tsv", "read_vocabulary",
    "stands", "write_tsv",
]  # fmt: skip

"""The tags there are: what they are called, in which ways, and what is above them."""

from tagger.vocabulary.entries import Clash, Entry, Vocabulary, from_rows
from tagger.vocabulary.files import read_vocabulary
from tagger.vocabulary.folding import collapsed, folded, places, stands
from tagger.vocabulary.tsv import read_tsv, write_tsv

__all__ = [
    "Clash", "Entry", "Vocabulary", "collapsed", "folded", "from_rows", "places", "read_tsv", "read_vocabulary",
    "stands", "write_tsv",
]  # fmt: skip

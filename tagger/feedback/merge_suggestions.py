"""Likely duplicate tags for the web page: found on demand, cached until the products or the models change."""

import threading
import weakref
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from index.catalogue.catalogue import Catalogue
from index.encoders.vector_cache import CachedEncoder
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.duplicates import Merge, find_duplicates
from tagger.vocabulary.product_tags import canonical
from tagger.vocabulary.stored import vocabulary_of


@dataclass(frozen=True)
class _Found:
    edition: tuple[int, int]
    encoder: "weakref.ref[CachedEncoder]"
    merges: Sequence[Merge]


class LikelyMerges:
    """Finds likely duplicates by spelling, by co-occurrence, and by meaning for names with cached vectors.

    Embedding all names of a large catalogue takes minutes, so only the command line does it. Thread-safe.
    """

    def __init__(self, catalogue: Catalogue, encoder: Callable[[], CachedEncoder]) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._lock = threading.Lock()
        self._last: _Found | None = None

    @property
    def sought(self) -> bool:
        """Whether `found` has been called before."""
        return self._last is not None

    def found(self) -> list[Merge]:
        """Return the pairs that have not been merged yet, best first; raises what `encoder` raises."""
        encoder = self._encoder()
        vocabulary = vocabulary_of(self._catalogue)
        with self._lock:
            edition = self._catalogue.edition()
            last = self._last
            # An encoder opened since the last call may have more cached vectors.
            if last is None or last.edition != edition or last.encoder() is not encoder:
                products = canonical(self._catalogue.products(labelled=True), vocabulary)
                merges = find_duplicates(vocabulary, products, encoder, compared=encoder.has)
                last = self._last = _Found(edition, weakref.ref(encoder), merges)
        return open_ones(last.merges, vocabulary)


def open_ones(merges: Sequence[Merge], vocabulary: Vocabulary) -> list[Merge]:
    """Return the pairs that are still two separate tags, under their current names."""
    named = [replace(each, tag=vocabulary.canonical(each.tag), into=vocabulary.canonical(each.into)) for each in merges]
    return [each for each in named if each.tag != each.into and each.tag in vocabulary and each.into in vocabulary]

"""Pairs of tags that may be one, for the page: found on demand, and kept until products or models are others."""

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
    """Finds pairs by spelling, by the products that have both, and by meaning where names have vectors already.

    To embed the names of a large catalogue takes minutes: that is left to the command line. Safe to call from threads.
    """

    def __init__(self, catalogue: Catalogue, encoder: Callable[[], CachedEncoder]) -> None:
        self._catalogue = catalogue
        self._encoder = encoder
        self._lock = threading.Lock()
        self._last: _Found | None = None

    @property
    def sought(self) -> bool:
        """Tell whether somebody has asked for the pairs already."""
        return self._last is not None

    def found(self) -> list[Merge]:
        """Return the pairs that are still two, the best first; raises as `encoder` does."""
        encoder = self._encoder()
        vocabulary = vocabulary_of(self._catalogue)
        with self._lock:
            edition = self._catalogue.edition()
            last = self._last
            # Models that were opened since may know more vectors.
            if last is None or last.edition != edition or last.encoder() is not encoder:
                products = canonical(self._catalogue.products(labelled=True), vocabulary)
                merges = find_duplicates(vocabulary, products, encoder, compared=encoder.has)
                last = self._last = _Found(edition, weakref.ref(encoder), merges)
        return open_ones(last.merges, vocabulary)


def open_ones(merges: Sequence[Merge], vocabulary: Vocabulary) -> list[Merge]:
    """Return those of the pairs that are still two tags, under the names that these go by now."""
    named = [replace(each, tag=vocabulary.canonical(each.tag), into=vocabulary.canonical(each.into)) for each in merges]
    return [each for each in named if each.tag != each.into and each.tag in vocabulary and each.into in vocabulary]

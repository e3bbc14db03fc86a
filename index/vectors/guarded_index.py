"""The guard of an index plugin: checks what it finds, and names the plugin in every error."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from index.messages import Message
from index.plugins import PluginOrigin
from index.type_checks import NUMBER, first_other, shown
from index.vectors.base import Hit, Matrix, VectorIndex

# Rounding may bring the product of two unit vectors above 1.
_MOST = 1 + 1e-3
_METHODS = ("__len__", "add", "remove", "search", "save", "load")


class GuardedIndex:
    """Calls an index and checks each result; raises `PluginFailed` if the index fails or breaks its protocol."""

    def __init__(self, plugin: Any, origin: PluginOrigin) -> None:
        self.plugin = plugin
        self.origin = origin

    def __len__(self) -> int:
        with self.origin.calling("len"):
            return len(self.plugin)

    def add(self, ids: Sequence[str], vectors: Matrix) -> None:
        """Add unit rows, float32 (n, dim); an existing id is replaced."""
        with self.origin.calling("add"):
            self.plugin.add(ids, vectors)

    def remove(self, ids: Sequence[str]) -> None:
        """Remove the vectors with these ids; unknown ids are skipped."""
        with self.origin.calling("remove"):
            self.plugin.remove(ids)

    def search(self, queries: Matrix, k: int) -> list[list[Hit]]:
        """Return at most k hits for each query row, best first; ties are broken by id, also at the k-th place."""
        with self.origin.calling("search"):
            hits = self.plugin.search(queries, k)
        if wrong := wrong_hits(hits, len(queries), k):
            raise self.origin.returned(wrong)
        checked: list[list[Hit]] = hits
        return checked

    def save(self, folder: Path) -> None:
        """Write the index into an existing folder."""
        with self.origin.calling("save"):
            self.plugin.save(folder)

    def load(self, folder: Path) -> None:
        """Replace the contents with what `save` wrote."""
        with self.origin.calling("load"):
            self.plugin.load(folder)


def guard_index(plugin: object, origin: PluginOrigin) -> VectorIndex:
    """Wrap an index in its guard; raises `PluginFailed` if the plugin is not an index."""
    missing = [name for name in _METHODS if not callable(getattr(plugin, name, None))]
    if missing:
        raise origin.failed("plugin.not-an-index", missing=missing[0])
    return GuardedIndex(plugin, origin)


def wrong_hits(hits: object, count: int, k: int) -> Message | None:
    """Describe what is wrong with the hits of `count` queries, or return None if nothing is."""
    if not isinstance(hits, list):
        return Message("returned.not-hit-lists", found=shown(hits))
    if others := first_other(hits, list):
        return Message("returned.not-hits", found=others)
    if len(hits) != count:
        return Message("returned.hit-count", found=len(hits), expected=count)
    if others := first_other(list(chain.from_iterable(hits)), Hit):
        return Message("returned.not-a-hit", found=others)
    return next((wrong for each in hits if (wrong := _wrong_order(each, k))), None)


def _wrong_order(hits: Sequence[Hit], k: int) -> Message | None:
    if len(hits) > k:
        return Message("returned.too-many-hits", found=len(hits), k=k)
    ids, scores = [hit.id for hit in hits], [hit.score for hit in hits]
    if others := first_other(ids, str) or first_other(scores, NUMBER):
        return Message("returned.hit-types", found=others)
    if strange := [score for score in scores if not abs(score) <= _MOST]:
        return Message("returned.similarity", found=strange[0])
    places = [(-score, id) for id, score in hits]
    if places != sorted(places):
        return Message("returned.hit-order", found=shown(list(map(tuple, hits))))
    return None

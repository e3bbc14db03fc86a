"""The guard of an index plugin: checks what it finds, and names the plugin in every error."""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path
from typing import Any

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
            raise self.origin.failed(f"returned {wrong}")
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
        raise origin.failed(f"is no index: it has no method {missing[0]}")
    return GuardedIndex(plugin, origin)


def wrong_hits(hits: object, count: int, k: int) -> str:
    """Describe what is wrong with the hits of `count` queries, or return an empty string if nothing is."""
    if not isinstance(hits, list):
        return f"{shown(hits)}, not a list of hits for each query"
    if others := first_other(hits, list):
        return f"{others} for a query, not a list of hits"
    if len(hits) != count:
        return f"hits of {len(hits)} queries for {count}"
    if others := first_other(list(chain.from_iterable(hits)), Hit):
        return f"{others} among the hits, not a Hit(id, score)"
    return next((wrong for each in hits if (wrong := _wrong_order(each, k))), "")


def _wrong_order(hits: Sequence[Hit], k: int) -> str:
    if len(hits) > k:
        return f"{len(hits)} hits where {k} were asked for"
    ids, scores = [hit.id for hit in hits], [hit.score for hit in hits]
    if others := first_other(ids, str) or first_other(scores, NUMBER):
        return f"{others} in a hit, not Hit(id: str, score: float)"
    if strange := [score for score in scores if not abs(score) <= _MOST]:
        return f"{strange[0]} as a cosine similarity"
    places = [(-score, id) for id, score in hits]
    if places != sorted(places):
        return f"hits that are not best first, ties by id: {shown(list(map(tuple, hits)))}"
    return ""

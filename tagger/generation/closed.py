"""Keep a model to a vocabulary: a trie of its tags says which piece may come next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tagger.generation.writing import Pieces
from tagger.prompt import SEPARATOR


@dataclass
class _Node:
    children: dict[int, "_Node"] = field(default_factory=dict)
    whole: bool = False


class ClosedVocabulary:
    """Tells, for the pieces written so far, which may follow so that only whole tags of the vocabulary are written."""

    def __init__(self, tags: Iterable[str], pieces: Pieces) -> None:
        self._end = pieces.end
        [separator] = pieces.ids([f" {SEPARATOR} "])
        self._separator = next(id for id in separator if SEPARATOR in pieces.names([id])[0])
        self._first, self._later = _Node(), _Node()
        named = list(tags)
        # A tag is spelt in other pieces where nothing stands before it.
        for ids in pieces.ids(named):
            _add(self._first, ids[:-1])
        for ids in pieces.ids([f"{SEPARATOR} {tag}" for tag in named]):
            start = next(place for place, id in enumerate(ids) if SEPARATOR in pieces.names([id])[0]) + 1
            _add(self._later, ids[start:-1])

    def allowed(self, written: Sequence[int]) -> list[int]:
        """Return the pieces that may follow; after a whole tag, the separator or the end."""
        cuts = [place for place, id in enumerate(written) if id == self._separator]
        node: _Node | None = self._later if cuts else self._first
        for id in written[cuts[-1] + 1 :] if cuts else written:
            node = node.children.get(id) if node else None
        if node is None:
            return [self._end]
        return [*node.children, *((self._separator, self._end) if node.whole else ())] or [self._end]


def _add(node: _Node, ids: Sequence[int]) -> None:
    for id in ids:
        node = node.children.setdefault(id, _Node())
    node.whole = bool(ids) or node.whole

"""Constrain generation to a vocabulary: a trie over its tags gives the pieces that may come next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tagger.generation.decoding import Pieces
from tagger.generation.prompt import SLOTS, join_tags


@dataclass
class _Node:
    children: dict[int, "_Node"] = field(default_factory=dict)
    whole: bool = False


class ClosedVocabulary:
    """Returns the pieces that may follow a sequence, so that the model writes only complete tags of the vocabulary.

    The letters of the neighbours' tags come first, in any order.
    """

    def __init__(self, tags: Iterable[str], pieces: Pieces) -> None:
        self._end = pieces.end
        self._letters = [ids[0] for ids in pieces.ids([f" {letter}" for letter in SLOTS + SLOTS.lower()])]
        self._separator = pieces.separator
        self._tags = _Node()
        for ids in pieces.ids([f" {SLOTS[0]}{join_tags([tag])}" for tag in tags]):
            _add(self._tags, ids[ids.index(self._separator) + 1 : -1])

    def allowed(self, written: Sequence[int]) -> list[int]:
        """Return the pieces that may follow; after a complete tag these include the separator and the end."""
        cuts = [place for place, id in enumerate(written) if id == self._separator]
        if not cuts:
            return [*self._letters, self._separator, self._end]
        node: _Node | None = self._tags
        for id in written[cuts[-1] + 1 :]:
            node = node.children.get(id) if node else None
        if node is None:
            return [self._end]
        return [*node.children, *((self._separator, self._end) if node.whole else ())] or [self._end]


def _add(node: _Node, ids: Sequence[int]) -> None:
    for id in ids:
        node = node.children.setdefault(id, _Node())
    node.whole = bool(ids) or node.whole

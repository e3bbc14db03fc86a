"""Find tags that stand in the text, in any of their languages and spellings."""

import json
import re
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.product import Product
from index.text.scripts import HAN_BASIC
from tagger.plugins import Resources
from tagger.types import Evidence, Ranking, Span, ranked
from tagger.vocabulary import Vocabulary, fold

_WORD_CHARACTER = re.compile(rf"[^\W_{HAN_BASIC}]")
# How many products' worth of trust the average tag's reliability has against the tag's own counts.
_PRIOR_WEIGHT = 4.0
# Marks the key of a tag that stands only inside a longer one; no tag has a control character.
_INSIDE = "\0inside"


class LexicalTagger:
    """Scores a tag that stands in the text by how often, where it stood, it was right.

    The share is shrunk towards that of all tags: (right + w·share) / (found + w). A tag that stands only inside
    another's longer name (红色 in 酒红色, business in "business trips") is counted apart from one that stands free.
    """

    def __init__(self, vocabulary: Vocabulary, *, least_characters: int) -> None:
        self._vocabulary = vocabulary
        self._least = least_characters
        self._found: Counter[str] = Counter()
        self._right: Counter[str] = Counter()
        self._tags: list[str] = []
        self._matcher: Any = None
        self._owners: list[str] = []

    def fit(self, products: Sequence[Product]) -> None:
        """Learn which tags there are, and how far their standing in a text can be trusted."""
        counts = Counter(tag for product in products for tag in product.tags)
        self._tags = list(dict.fromkeys([*self._vocabulary.tags, *sorted(counts)]))
        self._build()
        self._found, self._right = Counter(), Counter()
        for product in products:
            present = _keys(self._matches(product))
            self._found.update(present.values())
            self._right.update(present[tag] for tag in present.keys() & set(product.tags))

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that stand in each text, the most reliable first."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Show where in the text the tag stands; positions count in `Product.text`."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "TagMatches":
        """Look for the tags, once."""
        return TagMatches([self._matches(product) for product in products], self._reliability)

    def _reliability(self, key: str) -> float:
        share = (self._right.total() + 1) / (self._found.total() + 2)
        return (self._right[key] + _PRIOR_WEIGHT * share) / (self._found[key] + _PRIOR_WEIGHT)

    def _matches(self, product: Product) -> list[tuple[str, Span]]:
        if self._matcher is None:
            return []
        text = product.text
        lowered = _lower(text)
        found = self._matcher.find_matches_as_indexes(lowered, overlapping=True)
        return [
            (self._owners[pattern], Span(start, end, text[start:end]))
            for pattern, start, end in found
            if _whole(lowered, start, end)
        ]

    def _build(self) -> None:
        import ahocorasick_rs

        # A tag that has another name by now keeps the one that it was learnt by.
        learnt = {name: tag for tag in reversed(self._tags) if (name := self._vocabulary.canonical(tag)) != tag}
        learnt = {name: tag for name, tag in learnt.items() if name not in self._tags}
        renamed = set(learnt.values())
        vocabulary = self._vocabulary.with_tags(tag for tag in self._tags if tag not in renamed)
        owners = {
            form: learnt.get(owner, owner)
            for tag in self._tags
            for form in map(fold, vocabulary.forms(vocabulary.canonical(tag)))
            if (len(form) >= self._least or not form.isascii()) and (owner := vocabulary.canonical(form))
        }
        self._owners = list(owners.values())
        self._matcher = ahocorasick_rs.AhoCorasick(list(owners)) if owners else None

    def follow(self, vocabulary: Vocabulary) -> None:
        """Look for what tags are called now."""
        self._vocabulary = vocabulary
        self._build()

    def save(self, folder: Path) -> None:
        """Write the tags and their counts."""
        learnt = {"tags": self._tags, "found": self._found, "right": self._right}
        (folder / "reliability.json").write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        learnt = json.loads((folder / "reliability.json").read_text("utf-8"))
        self._tags = learnt["tags"]
        self._found, self._right = Counter(learnt["found"]), Counter(learnt["right"])
        self._build()


@dataclass(frozen=True)
class TagMatches:
    """Where tags stand in some texts, (tag, span) by text, and how reliable what is counted under a key is."""

    of_texts: Sequence[Sequence[tuple[str, Span]]]
    reliability: Callable[[str], float]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the tags that stand in each text, the most reliable first."""
        return [
            ranked({tag: self.reliability(key) for tag, key in _keys(matches).items()}, limit)
            for matches in self.of_texts
        ]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Show where in the text the tag stands; positions count in `Product.text`."""
        return [_evidence(matches, set(wanted)) for matches, wanted in zip(self.of_texts, tags, strict=True)]


def _evidence(matches: Sequence[tuple[str, Span]], tags: Collection[str]) -> dict[str, Evidence]:
    spans: dict[str, list[Span]] = {}
    for tag, span in matches:
        if tag in tags:
            spans.setdefault(tag, []).append(span)
    return {tag: Evidence(spans=tuple(found)) for tag, found in spans.items()}


def _keys(matches: Sequence[tuple[str, Span]]) -> dict[str, str]:
    """Return the tags that stand in a text, each with the key that it is counted under."""
    places = _free({(span.start, span.end) for _, span in matches})
    free = {tag for tag, span in matches if (span.start, span.end) in places}
    return {tag: tag if tag in free else f"{tag}{_INSIDE}" for tag, _ in matches}


def _free(places: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the places, from start to end, that do not lie within a longer one."""
    free: set[tuple[int, int]] = set()
    reach = 0
    # What could hold a place stands before it: it starts earlier, or with it and ends later.
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if end > reach:
            free.add((start, end))
            reach = end
    return free


def _lower(text: str) -> str:
    """Lower the text letter by letter, so that positions stay (a few letters, such as İ, become two)."""
    lowered = text.lower()
    return lowered if len(lowered) == len(text) else "".join(c.lower() if len(c.lower()) == 1 else c for c in text)


def _whole(text: str, start: int, end: int) -> bool:
    """Tell whether a match is not part of a longer word; Chinese has no word borders in writing."""
    return not (_is_joined(text, start - 1, start) or _is_joined(text, end - 1, end))


def _is_joined(text: str, left: int, right: int) -> bool:
    inside = left >= 0 and right < len(text)
    return inside and bool(_WORD_CHARACTER.match(text[left]) and _WORD_CHARACTER.match(text[right]))


def create(resources: Resources, *, least_characters: int = 2) -> LexicalTagger:
    """Make the tagger for the plugin registry; shorter Latin forms are not looked for."""
    return LexicalTagger(resources.vocabulary, least_characters=least_characters)

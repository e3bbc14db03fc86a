"""Find tags that occur in the text, under any of their names."""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from index.product import Product
from index.text.normal_form import FOLDED, VERSION, saved_version
from tagger.plugins import Resources
from tagger.tag_names.names_in_text import FoldedNames, NamesInText, NormalNames, current_names, spans_as_evidence
from tagger.types import Evidence, Ranking, Span, ranked
from tagger.vocabulary import Vocabulary

# Weight, in products, of the average reliability of all tags against the tag's own counts.
_PRIOR_WEIGHT = 4.0
# Marks the key of a tag that occurs only inside a longer one; no tag contains control characters.
_INSIDE = "\0inside"
# By the version of the normal form.
_NAMES: Mapping[int, type[FoldedNames] | type[NormalNames]] = {FOLDED: FoldedNames, VERSION: NormalNames}


class LexicalTagger:
    """Scores a tag that occurs in the text by how often it was right when it occurred in training texts.

    The score is shrunk towards the share of all tags: (right + w·share) / (found + w). A tag that occurs only inside a
    longer tag's name (红色 in 酒红色, business in "business trips") is counted separately.
    """

    text_only: Literal[True] = True

    def __init__(self, vocabulary: Vocabulary, *, least_characters: int) -> None:
        self._vocabulary = vocabulary
        self._least = least_characters
        self._found: Counter[str] = Counter()
        self._right: Counter[str] = Counter()
        self._tags: list[str] = []
        self._version = VERSION
        self._names: NamesInText = NormalNames((), least_characters)

    def fit(self, products: Sequence[Product]) -> None:
        """Collect the tags, and count how often each is right when it occurs in a text."""
        counts = Counter(tag for product in products for tag in product.tags)
        self._tags = list(dict.fromkeys([*self._vocabulary.tags, *sorted(counts)]))
        self._version = VERSION
        self._build()
        self._found, self._right = Counter(), Counter()
        for product in products:
            present = _keys(self._matches(product))
            self._found.update(present.values())
            self._right.update(present[tag] for tag in present.keys() & set(product.tags))

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the tags that occur in each text, the most reliable first."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the spans of each tag in the text; positions are offsets into `Product.text`."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "TagMatches":
        """Match the tags once, for both `rankings` and `evidence`."""
        return TagMatches([self._matches(product) for product in products], self._reliability)

    def _reliability(self, key: str) -> float:
        share = (self._right.total() + 1) / (self._found.total() + 2)
        return (self._right[key] + _PRIOR_WEIGHT * share) / (self._found[key] + _PRIOR_WEIGHT)

    def _matches(self, product: Product) -> list[tuple[str, Span]]:
        return self._names.find(product.text)

    def _build(self) -> None:
        # Counts are kept under the name at fit time.
        names = current_names(self._tags, self._vocabulary)
        self._names = _NAMES[self._version](names, self._least)

    def follow(self, vocabulary: Vocabulary) -> None:
        """Match the tag names of another vocabulary from now on."""
        self._vocabulary = vocabulary
        self._build()

    def save(self, folder: Path) -> None:
        """Write the tags and their counts."""
        learnt = {
            "tags": self._tags,
            "found": self._found,
            "right": self._right,
            "normal_form": self._version,
        }
        (folder / "reliability.json").write_text(json.dumps(learnt, ensure_ascii=False), "utf-8")

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        learnt = json.loads((folder / "reliability.json").read_text("utf-8"))
        self._tags = learnt["tags"]
        self._found, self._right = Counter(learnt["found"]), Counter(learnt["right"])
        self._version = saved_version(learnt)
        self._build()


@dataclass(frozen=True)
class TagMatches:
    """The tags found in several texts, as (tag, span) per text; `reliability` gives the score for a key."""

    of_texts: Sequence[Sequence[tuple[str, Span]]]
    reliability: Callable[[str], float]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the tags that occur in each text, the most reliable first."""
        return [
            ranked({tag: self.reliability(key) for tag, key in _keys(matches).items()}, limit)
            for matches in self.of_texts
        ]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the spans of each tag in the text; positions are offsets into `Product.text`."""
        return [spans_as_evidence(matches, set(wanted)) for matches, wanted in zip(self.of_texts, tags, strict=True)]


def _keys(matches: Sequence[tuple[str, Span]]) -> dict[str, str]:
    """Return the tags found in a text, each with the key that it is counted under."""
    places = _free({(span.start, span.end) for _, span in matches})
    free = {tag for tag, span in matches if (span.start, span.end) in places}
    return {tag: tag if tag in free else f"{tag}{_INSIDE}" for tag, _ in matches}


def _free(places: Collection[tuple[int, int]]) -> set[tuple[int, int]]:
    """Return the (start, end) spans that do not lie within a longer span."""
    free: set[tuple[int, int]] = set()
    reach = 0
    # Sorted like this, a span that contains another comes before it.
    for start, end in sorted(places, key=lambda place: (place[0], -place[1])):
        if end > reach:
            free.add((start, end))
            reach = end
    return free


def create(resources: Resources, *, least_characters: int = 2) -> LexicalTagger:
    """Create the tagger for the plugin registry; ASCII names shorter than `least_characters` are not matched."""
    return LexicalTagger(resources.vocabulary, least_characters=least_characters)

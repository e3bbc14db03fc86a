"""Score the phrases at the start of a text as possible tags, known or new, by their position and context."""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np

from index.errors import StaleArtifact
from index.product import Product
from index.text.normal_form import VERSION, saved_version
from tagger import gbdt as trees
from tagger.plugins import Resources
from tagger.taggers.phrase.counts import PLACES, Own, PhraseCounts, count_phrases, look_up
from tagger.taggers.phrase.features import Columns, columns
from tagger.taggers.phrase.spans import Spans, spans_of
from tagger.taggers.phrase.spelling import spell_name
from tagger.taggers.phrase.word_ends import is_of_words
from tagger.types import Evidence, Ranking, Span, ranked
from tagger.vocabulary import Vocabulary, fold

_SETTINGS = trees.TreeSettings(rounds=75, learning_rate=0.16, leaves=31, least_in_leaf=30, l2=3.0)
# With fewer products there are too few examples of what surrounds a tag; the tagger then suggests nothing.
_LEAST_PRODUCTS = 30
# This many products suffice to learn what a tag looks like, and fit into memory.
_MOST_PRODUCTS = 20_000
# Less probable phrases are not suggested; a text has about sixty phrases.
_LEAST_PROBABLE = 0.005
# Longest new tag, in characters: a text may contain a "word" of a million characters.
_LONGEST_NEW = 100
_COUNTS, _TREES = "phrases.json", "phrases.txt"


@dataclass(frozen=True)
class _Learnt:
    """The fitted state. `folds` tells whether new tags are written in lower case, as most known tags are.

    `version` is that of the normal form. `trees` is None if there were too few products, or if no phrase of any text
    was a tag; nothing is suggested then.
    """

    counts: PhraseCounts
    folds: bool
    trees: trees.GbdtModel | None
    version: int = VERSION


class PhraseTagger:
    """Scores the phrases of a text by the probability that they are tags of the product.

    This is supervised keyphrase extraction (Witten et al., "KEA", 1999). Gradient-boosted trees score each phrase by
    its position, case, script and context, and by counts of its words in other products. During training a product's
    own counts are left out, so that a tag that only one product has looks new, as it does to every other product.
    """

    text_only: Literal[True] = True

    def __init__(self, vocabulary: Vocabulary, *, new_tags: bool, seed: int) -> None:
        self._vocabulary = vocabulary
        self._new_tags = new_tags
        self._seed = seed
        self._learnt: _Learnt | None = None

    def fit(self, products: Sequence[Product]) -> None:
        """Count phrases and words, and train the trees that tell which phrases are tags."""
        order = np.random.default_rng(self._seed).permutation(len(products))
        products = [products[at] for at in sorted(order[:_MOST_PRODUCTS])]
        tags = Counter(tag for product in products for tag in product.tags)
        spans = spans_of(products)
        owners = self._owners(tags)
        right = _right(spans, owners, products)
        counts, own = count_phrases(spans, right, [product.tags for product in products], owners)
        enough = len(products) >= _LEAST_PRODUCTS and right.any()
        grown = trees.fit_trees(_features(spans, counts, own), right, _SETTINGS) if enough else None
        self._learnt = _Learnt(counts, 2 * sum(tag == fold(tag) for tag in tags) >= len(tags), grown)

    def _owners(self, tags: Counter[str]) -> dict[str, str]:
        """Return the tag of each name; of tags with names that are spelled alike, the one on most products."""
        vocabulary = self._vocabulary.with_tags(sorted(tags))
        named = [(vocabulary.canonical(form), form) for entry in vocabulary for form in entry.forms]
        return {spell_name(form, VERSION): tag for tag, form in sorted(named, key=lambda each: tags[each[0]])}

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the most probable tags among each text's phrases."""
        return self.analyze(products).rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the spans of each tag in the text; positions are offsets into `Product.text`."""
        return self.analyze(products).evidence(tags)

    def analyze(self, products: Sequence[Product]) -> "ScoredPhrases":
        """Score the phrases once, for both `rankings` and `evidence`."""
        spans = spans_of(products, self._learnt.version if self._learnt else VERSION)
        return ScoredPhrases(products, spans, list(self._score_phrases(spans, products)))

    def _score_phrases(self, spans: Spans, products: Sequence[Product]) -> Iterator[tuple[int, str, float]]:
        """Yield the phrases that may be tags, as (span, tag, probability)."""
        learnt = self._learnt
        if learnt is None or learnt.trees is None:
            return
        scores = trees.sigmoid(learnt.trees.logits(_features(spans, learnt.counts)))
        for span in np.flatnonzero(scores > _LEAST_PROBABLE).tolist():
            phrase = spans.phrases[span]
            tag = learnt.counts.owners.get(phrase)
            if (
                tag is None
                and self._new_tags
                and len(phrase) <= _LONGEST_NEW
                and (phrase in learnt.counts.texts or is_of_words(spans, span))
            ):
                written = spans.written(span, products[spans.product[span]].text)[2]
                written = fold(written) if learnt.folds else written
                # The tag may be known under another spelling.
                tag = self._vocabulary.canonical(written)
            if tag is not None:
                yield span, tag, float(scores[span])

    def save(self, folder: Path) -> None:
        """Write the counts and the trees."""
        assert self._learnt is not None, "fit comes first"
        counts = self._learnt.counts
        plain = {
            "columns": list(_describe(spans_of([]), counts)),
            "owners": counts.owners,
            "folds": self._learnt.folds,
            "words": list(counts.words),
            "places": counts.places.tolist(),
            "texts": counts.texts,
            "right": counts.right,
            "tags": counts.tags,
            "normal_form": self._learnt.version,
        }
        (folder / _COUNTS).write_text(json.dumps(plain, ensure_ascii=False), "utf-8")
        if self._learnt.trees:
            self._learnt.trees.save(folder / _TREES)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; raises `StaleArtifact` if the features have changed since."""
        plain = json.loads((folder / _COUNTS).read_text("utf-8"))
        words = {word: number for number, word in enumerate(plain["words"])}
        places = np.array(plain["places"], np.int64).reshape(-1, len(PLACES))
        counts = PhraseCounts(plain["owners"], words, places, plain["texts"], plain["right"], plain["tags"])
        if plain["columns"] != list(_describe(spans_of([]), counts)):
            raise StaleArtifact("fit.phrases-features")
        grown = trees.load(folder / _TREES) if (folder / _TREES).is_file() else None
        self._learnt = _Learnt(counts, plain["folds"], grown, saved_version(plain))


@dataclass(frozen=True)
class ScoredPhrases:
    """The phrases of several products that may be tags; `scored` holds (span, tag, probability) for each."""

    products: Sequence[Product]
    spans: Spans
    scored: Sequence[tuple[int, str, float]]

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the most probable tags among each text's phrases."""
        scores: list[dict[str, float]] = [{} for _ in self.products]
        for span, tag, score in self.scored:
            of_product = scores[self.spans.product[span]]
            of_product[tag] = max(score, of_product.get(tag, 0.0))
        return [ranked(each, limit) for each in scores]

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the spans of each tag in the text; positions are offsets into `Product.text`."""
        found: list[dict[str, list[Span]]] = [{} for _ in self.products]
        for span, tag, _ in self.scored:
            product = int(self.spans.product[span])
            if tag in tags[product]:
                written = self.spans.written(span, self.products[product].text)
                found[product].setdefault(tag, []).append(Span(*written))
        return [{tag: Evidence(spans=tuple(each)) for tag, each in of_product.items()} for of_product in found]


def _right(spans: Spans, owners: Mapping[str, str], products: Sequence[Product]) -> np.ndarray:
    """Return whether each phrase is a tag of its product, bool (spans,)."""
    names = [{owners.get(spell_name(tag, VERSION)) for tag in product.tags} - {None} for product in products]
    pairs = zip(spans.phrases, spans.product.tolist(), strict=True)
    return np.array([owners.get(phrase) in names[product] for phrase, product in pairs], bool)


def _features(spans: Spans, counts: PhraseCounts, own: Own | None = None) -> np.ndarray:
    """Return the features of each phrase, float32 (spans, columns)."""
    return np.column_stack(list(_describe(spans, counts, own).values())).astype(np.float32)


def _describe(spans: Spans, counts: PhraseCounts, own: Own | None = None) -> Columns:
    return columns(spans, look_up(counts, spans, own))


def create(resources: Resources, *, new_tags: bool = True) -> PhraseTagger:
    """Create the tagger for the plugin registry; without `new_tags` it suggests only tags that the store knows."""
    return PhraseTagger(resources.vocabulary, new_tags=new_tags, seed=resources.seed)

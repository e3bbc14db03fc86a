"""Place products in the vocabulary's taxonomy by meaning and by words, without any labelled product.

A node's vector is the mean of the vectors of its path in each language, blended with the nodes above it. Its score is
the similarity with the text, plus how much of its name the text has, less a little for each level. Shares of branches
and the choice of a node: `hierarchy`. The node's attributes tell which values to look for in the text.
"""

import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from index.encoders.base import Encoder
from index.product import Product
from index.vectors.base import Matrix
from tagger.plugins import Resources
from tagger.tag_names.names_in_text import NormalNames, spans_as_evidence
from tagger.taggers.tree.coverage import NameCoverage, coverage_of, name_tokens, title_words
from tagger.taggers.tree.hierarchy import Floats, Places, best_nodes, blend_down, branch_shares, depths_of, order_of
from tagger.taggers.tree.node_vectors import shipped_vectors
from tagger.types import Evidence, Ranking, ranked
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.paths import path_of, plain_names

# How much the nodes above a node add to its vector, and the score of a name that occurs in the text as a whole.
_ABOVE = 0.5
_NAMED = 0.05
# What a level costs, the weight of the word that a title ends with, and the temperature of the shares: chosen on the
# development parts of the sets in benchmarks/anything.py.
_LEVEL = 0.006
_HEAD = 1.2
_TEMPERATURE = 0.0065
# Other categories are listed from this share on.
_LEAST_SHARE = 0.02
# A value that the text names is right if the category is, but for this share.
_VALUE = 0.95
# Words of the title are offered as new tags with this probability: there is nothing to learn it from.
_NEW, _MOST_NEW = 0.05, 3
_LEAST_CHARACTERS = 2
# Values that say nothing of a product.
_EMPTY_VALUES = frozenset({"other", "其他", "none", "无", "universal", "通用"})
_NODES, _VECTORS = "nodes.json", "vectors.safetensors"


@dataclass(frozen=True)
class _Tree:
    """The nodes of the taxonomy, parents first, with their parents' places and their vectors, (nodes, dim).

    `names` has the words of the nodes' names, for each language and node.
    """

    tags: list[str]
    parents: Places
    vectors: Matrix
    names: list[list[list[str]]]


class TaxonomyTagger:
    """Suggests the node that fits best, other nodes that may, and values of the node's attributes."""

    label_free: Literal[True] = True

    def __init__(self, encoder: Encoder, vocabulary: Vocabulary) -> None:
        self._encoder = encoder
        self._vocabulary = vocabulary
        self._tree: _Tree | None = None
        self._names: list[NameCoverage] = []
        self._levels: Floats = np.zeros(0, np.float32)
        self._finders: dict[frozenset[str], NormalNames] = {}

    def fit(self, products: Sequence[Product]) -> None:
        """Embed the paths of the vocabulary's categories; the products are not looked at."""
        above = {tag: (*self._vocabulary.entry(tag).parents, "")[0] for tag in sorted(self._vocabulary.categories)}
        tags = order_of(above)
        number = {tag: place for place, tag in enumerate(tags)}
        parents = np.array([number.get(above.get(tag, ""), -1) for tag in tags], np.intp)
        vectors = blend_down(_path_vectors(tags, self._vocabulary, self._encoder), parents, _ABOVE)
        labels = [plain_names(self._vocabulary, tag) or {"": tag} for tag in tags]
        langs = sorted({lang for each in labels for lang in each})
        names = [[name_tokens(each.get(lang, "")) for each in labels] for lang in langs]
        self._take(_Tree(tags, parents, vectors.astype(np.float16).astype(np.float32), names))

    def _take(self, tree: _Tree) -> None:
        self._names = [NameCoverage(of_language) for of_language in tree.names]
        self._levels = (_LEVEL * depths_of(tree.parents)).astype(np.float32)
        self._finders = {}
        self._tree = tree

    @cached_property
    def _values(self) -> dict[str, list[Entry]]:
        """The values of each attribute."""
        found: dict[str, list[Entry]] = {}
        for entry in self._vocabulary:
            found.setdefault(entry.facet, []).append(entry)
        return found

    def _finder(self, facets: frozenset[str]) -> NormalNames:
        """Return the search for values of these attributes; all categories of a branch have nearly the same."""
        if facets not in self._finders:
            values = [entry for facet in sorted(facets) for entry in self._values.get(facet, ())]
            names = ((name, entry.tag) for entry in values for name in _value_names(entry, self._vocabulary))
            self._finders[facets] = NormalNames(names, _LEAST_CHARACTERS)
        return self._finders[facets]

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return the category of each product, others that it may have, and values of its attributes."""
        if not self._tree or not self._tree.tags or not products:
            return [[] for _ in products]
        # A text without a word has no place; the others are asked without it.
        asked = [product for product in products if any(map(str.isalpha, product.text))]
        if not asked:
            return [[] for _ in products]
        shares = self._shares(asked, self._tree)
        best = best_nodes(shares, self._tree.parents)
        found = {
            id(each): ranked(self._scores(each, *rest), limit) for each, *rest in zip(asked, shares, best, strict=True)
        }
        return [found.get(id(product), []) for product in products]

    def _shares(self, products: Sequence[Product], tree: _Tree) -> Floats:
        scores = self._encoder.encode([product.text for product in products]) @ tree.vectors.T
        scores += _NAMED * coverage_of(products, self._names, _HEAD) - self._levels
        return branch_shares(scores, tree.parents, _TEMPERATURE)

    def _scores(self, product: Product, shares: Floats, best: int) -> dict[str, float]:
        assert self._tree is not None
        line, node = [], best
        while node >= 0:
            line.append(node)
            node = int(self._tree.parents[node])
        likely = [int(each) for each in np.flatnonzero(shares >= _LEAST_SHARE) if each not in line]
        # A node's path names the nodes above it, so of a line only the last node is listed.
        inner = {int(self._tree.parents[each]) for each in likely}
        listed = [best, *(each for each in likely if each not in inner)]
        found = {self._tree.tags[each]: float(shares[each]) for each in listed}
        sure = float(shares[best])
        facets = (facet for each in line for facet in self._vocabulary.entry(self._tree.tags[each]).attributes)
        found |= dict.fromkeys(self._named_values(product.text, frozenset(facets)), _VALUE * sure)
        return dict.fromkeys(self._new_words(product, found), _NEW) | found

    def _new_words(self, product: Product, known: Collection[str]) -> list[str]:
        """Return the first words of the title that name neither a tag nor a part of the suggested ones."""
        names = [name for tag in known for name in (tag, *plain_names(self._vocabulary, tag).values())]
        said = {token for name in names for token in name_tokens(name)}
        new = [word for word in title_words(product) if word not in said and not self._is_known(word)]
        return new[:_MOST_NEW]

    def _is_known(self, word: str) -> bool:
        return word in self._vocabulary or self._vocabulary.knows_as_another(word)

    def _named_values(self, text: str, facets: frozenset[str]) -> set[str]:
        """Return the values of these facets that the text names, outside the names of longer ones."""
        found = self._finder(facets).find(text)
        reach = {(self._vocabulary.facet(tag), span.start, span.end) for tag, span in found}
        return {
            tag
            for tag, span in found
            if not any(
                start <= span.start and span.end <= end and end - start > len(span.text)
                for facet, start, end in reach
                if facet == self._vocabulary.facet(tag)
            )
        }

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return where each tag's name occurs in the text."""
        return [self._evidence(product.text, wanted) for product, wanted in zip(products, tags, strict=True)]

    def _evidence(self, text: str, tags: Collection[str]) -> dict[str, Evidence]:
        names = [(name, tag) for tag in tags for name in plain_names(self._vocabulary, tag).values()]
        return spans_as_evidence(NormalNames(names, _LEAST_CHARACTERS).find(text), tags)

    def save(self, folder: Path) -> None:
        """Write the nodes and their vectors."""
        from safetensors.numpy import save_file

        assert self._tree is not None, "fit comes first"
        nodes = {"tags": self._tree.tags, "parents": self._tree.parents.tolist(), "names": self._tree.names}
        (folder / _NODES).write_text(json.dumps(nodes, ensure_ascii=False), "utf-8")
        save_file({"vectors": self._tree.vectors.astype(np.float16)}, folder / _VECTORS)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote."""
        from safetensors.numpy import load_file

        nodes = json.loads((folder / _NODES).read_text("utf-8"))
        vectors = load_file(folder / _VECTORS)["vectors"].astype(np.float32)
        self._take(_Tree(nodes["tags"], np.array(nodes["parents"], np.intp), vectors, nodes["names"]))


def _value_names(entry: Entry, vocabulary: Vocabulary) -> list[str]:
    names = plain_names(vocabulary, entry.tag).values() or [entry.tag]
    return [
        name
        for name in names
        if len(name) >= _LEAST_CHARACTERS and name.lower() not in _EMPTY_VALUES and not name.isdigit()
    ]


def _path_vectors(tags: Sequence[str], vocabulary: Vocabulary, encoder: Encoder) -> Matrix:
    """Return the mean of the vectors of each tag's path in all languages, as unit rows; known ones are not computed."""
    texts = [tuple(" > ".join(path) for _, path in sorted(path_of(vocabulary, tag).items())) for tag in tags]
    known = shipped_vectors(texts, encoder.name)
    missing = [place for place in range(len(tags)) if place not in known]
    flat = list(dict.fromkeys(text for place in missing for text in texts[place]))
    vector_of = dict(zip(flat, encoder.encode(flat), strict=True)) if flat else {}
    vectors = np.zeros((len(tags), encoder.dim), np.float32)
    for place in range(len(tags)):
        vectors[place] = known[place] if place in known else np.mean([vector_of[text] for text in texts[place]], axis=0)
    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    unit: Matrix = (vectors / lengths).astype(np.float32)
    return unit


def create(resources: Resources) -> TaxonomyTagger:
    """Create the tagger for the plugin registry."""
    return TaxonomyTagger(resources.encoder, resources.vocabulary)

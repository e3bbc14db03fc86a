"""Merges suggested with the packaged encoder."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from index.product import Product
from tagger.demo.paths import VOCABULARY
from tagger.plugins import ENCODERS
from tagger.settings import read
from tagger.vocabulary import Vocabulary, read_vocabulary
from tagger.vocabulary.duplicates import find_duplicates


def in_its_own_language(product: Product, vocabulary: Vocabulary) -> Product:
    return replace(product, tags=tuple(vocabulary.label(tag, product.lang) for tag in product.tags))


@pytest.mark.slow
def test_of_the_demos_tags_under_names_in_two_languages_most_pairs_that_are_suggested_are_one(
    demo_products: Sequence[Product],
) -> None:
    vocabulary = read_vocabulary(VOCABULARY)
    settings = read()
    encoder = ENCODERS.create(settings.encoder.plugin, [settings.weights], settings.encoder.options)
    named = [in_its_own_language(product, vocabulary) for product in demo_products]
    merges = find_duplicates(Vocabulary(), named, encoder)
    right = [vocabulary.canonical(merge.tag) == vocabulary.canonical(merge.into) for merge in merges]
    assert len({tag for product in named for tag in product.tags}) == 894
    # When this was written, 199 pairs were suggested, 179 of them among the 446 right ones.
    assert sum(right) >= 150
    assert sum(right) >= 0.85 * len(right)
    assert sum(right[:50]) >= 45

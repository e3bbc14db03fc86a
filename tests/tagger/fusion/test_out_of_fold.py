from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from index.product import Product
from index.progress import silent
from tagger.fusion.out_of_fold import FoldPredictions, out_of_fold
from tagger.fusion.settings import FusionSection
from tagger.plugins import PluginSettings, Resources
from tagger.settings import read
from tagger.vocabulary import Entry, Vocabulary

LEXICAL = PluginSettings("lexical")
ORACLE = PluginSettings("mine", "acme-oracle")
KINDS = ("mug", "lamp", "chair", "fridge")


def _fusion(**overrides: Any) -> FusionSection:
    return read(overrides={"fusion": overrides}).fusion


def _products(count: int) -> list[Product]:
    """Make products with a common kind and a unique maker. The title contains both."""
    return [
        Product(f"new {number:02d}", f"maker{number} : {KINDS[number % 4]}", tags=(KINDS[number % 4], f"maker{number}"))
        for number in range(count)
    ]


def _vocabulary(products: Sequence[Product], *entries: Entry) -> Vocabulary:
    """Return a store's vocabulary with all tags of its products."""
    return Vocabulary(entries).with_tags(sorted({tag for product in products for tag in product.tags}))


def _judged(
    resources: Resources,
    products: Sequence[Product],
    *wanted: PluginSettings,
    entries: Sequence[Entry] = (),
    **fusion: Any,
) -> list[FoldPredictions]:
    used = replace(resources, vocabulary=_vocabulary(products, *entries))
    return out_of_fold(products, wanted, used, _fusion(**fusion), silent)


def _suggested(part: FoldPredictions, name: str = "lexical") -> list[set[str]]:
    return [{each.tag for each in ranking} for ranking in part.rankings[name]]


def test_each_product_is_judged_once_in_its_fold(resources: Resources) -> None:
    judged = _judged(resources, _products(18), LEXICAL)
    assert [part.fold for part in judged] == [0, 1, 2, 3]
    # 18 products in four folds: 5, 5, 5 and the remaining 3.
    assert [len(part.products) for part in judged] == [5, 5, 5, 3]
    assert sorted(each.id for part in judged for each in part.products) == sorted(each.id for each in _products(18))
    assert all(part.whole and part.gold == [each.tags for each in part.products] for part in judged)


def test_the_statistics_are_of_the_products_that_the_taggers_had_seen(resources: Resources) -> None:
    for part in _judged(resources, _products(16), LEXICAL):
        assert part.statistics.products == 12
        assert [part.statistics.count(product.tags[1]) for product in part.products] == [0] * 4
        held = [product.tags[0] for product in part.products]
        # Each of the four kinds has four products.
        assert [part.statistics.count(kind) for kind in KINDS] == [4 - held.count(kind) for kind in KINDS]


def test_a_tag_that_only_held_products_have_is_not_known_to_the_folds_taggers(resources: Resources) -> None:
    for part in _judged(resources, _products(16), LEXICAL):
        kinds = [{product.tags[0]} for product in part.products]
        # The title contains the maker, but this fold's taggers have never seen it as a tag.
        assert _suggested(part) == kinds
        assert part.table.tags == [tag for each in kinds for tag in each]


def test_a_tag_that_others_have_too_stays_known(resources: Resources) -> None:
    products = [*_products(16), Product("new 98", "x", tags=("maker3",))]
    [part] = [each for each in _judged(resources, products, LEXICAL) if "new 03" in {p.id for p in each.products}]
    ids = [product.id for product in part.products]
    # If both were in the same fold, no other fold would have the maker.
    assert "new 98" not in ids
    assert _suggested(part)[ids.index("new 03")] == {"maker3", "fridge"}


@pytest.mark.parametrize(
    "entry",
    [
        Entry("maker3", "", {"zh": ("制造者三",)}),
        Entry("maker3", "brand"),
        Entry("maker3", "", {}, ("brands",)),
    ],
)
def test_a_tag_that_was_imported_with_labels_facet_or_parents_stays_known(resources: Resources, entry: Entry) -> None:
    judged = _judged(resources, _products(16), LEXICAL, entries=[entry])
    said = {product.id: tags for part in judged for product, tags in zip(part.products, _suggested(part), strict=True)}
    assert said["new 03"] == {"maker3", "fridge"}
    assert said["new 04"] == {"mug"}


def test_with_more_products_than_are_learnt_from_some_are_judged_by_taggers_of_all_others(resources: Resources) -> None:
    judged = _judged(resources, _products(40), LEXICAL, most_products=16)
    assert [len(part.products) for part in judged] == [8, 8]
    assert [part.statistics.products for part in judged] == [40 - 8] * 2


def test_the_folds_hang_on_the_ids_and_the_seed_alone(resources: Resources) -> None:
    def ids(products: Sequence[Product], seed: int) -> list[list[str]]:
        return [[each.id for each in part.products] for part in _judged(resources, products, LEXICAL, seed=seed)]

    assert ids(_products(16), 0) == ids(_products(16)[::-1], 0)
    assert ids(_products(16), 0) != ids(_products(16), 1)


def test_a_pretrained_tagger_is_asked_of_what_it_has_not_seen_only(resources: Resources) -> None:
    products = _products(16)
    products[:8] = [replace(product, id=product.id.replace("new", "seen")) for product in products[:8]]
    for part in _judged(resources, products, LEXICAL, ORACLE):
        assert {"seen" in product.id for product in part.products} == {"mine" not in part.rankings}


GROUPS = [f"group{number}" for number in range(30)]
SHARED = [
    Product(f"new {number:03d}", f"maker{number} : group{number % 30}", tags=(f"group{number % 30}", f"maker{number}"))
    for number in range(120)
]


@pytest.fixture
def partial(resources: Resources) -> list[FoldPredictions]:
    """Judge products of 30 groups of four, and keep the parts with hidden tags."""
    parts = [part for part in _judged(resources, SHARED, LEXICAL, ORACLE) if not part.whole]
    assert sum(len(part.products) for part in parts) >= 8
    return parts


def _left(part: FoldPredictions) -> set[str]:
    """Return the tags that were not hidden from the taggers."""
    return {tag for product in SHARED for tag in product.tags if part.statistics.count(tag)}


def test_hidden_tags_are_hidden_from_taggers_and_statistics(partial: list[FoldPredictions]) -> None:
    for part in partial:
        groups = {product.tags[0] for product in part.products}
        # Each product in these parts has its group hidden, although other products have it too.
        assert groups.isdisjoint(_left(part))
        assert groups <= set(GROUPS)
        # The other products have 30 groups and 90 makers; a tenth of these is hidden.
        assert len(_left(part)) == 120 - 12


def test_only_what_is_said_beyond_the_tags_that_were_left_is_judged(partial: list[FoldPredictions]) -> None:
    for part in partial:
        teaching = part.table.only(part.teaches)
        assert _left(part).isdisjoint(teaching.tags)
        assert all(_left(part).isdisjoint(tags) for name in part.rankings for tags in _suggested(part, name))
        # The oracle suggests each product's group; no other tagger can know a hidden tag.
        assert _suggested(part, "mine") == [{product.tags[0]} for product in part.products]
        assert _suggested(part) == [set() for _ in part.products]
        assert teaching.targets(part.gold).all()


def test_what_only_a_held_product_has_is_as_new_and_as_right_as_what_was_hidden(partial: list[FoldPredictions]) -> None:
    for part in partial:
        assert part.gold == [
            (product.title.partition(": ")[2], product.title.partition(" ")[0]) for product in part.products
        ]


def test_without_a_pretrained_tagger_nothing_is_hidden(resources: Resources) -> None:
    assert all(part.whole for part in _judged(resources, _products(120), LEXICAL, PluginSettings("phrases")))

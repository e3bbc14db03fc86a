"""Near-duplicates: titles in other words are found, other products are not."""

import csv
import gzip
import json
import time
from pathlib import Path

import pytest

from index.product import Product, make_product
from index.text.normal_form import normal_form
from tagger.demo.paths import PRODUCTS
from tagger.duplicates.distinctions import distinctions_of
from tagger.duplicates.near_duplicates import find_near_duplicates

# Written by hand: for each of 50 titles two in other words, and two of products that differ in one property.
PLANTED = Path(__file__).with_name("planted.tsv")


def titled(*titles: str) -> list[Product]:
    return [make_product(title, id=f"{place:05}") for place, title in enumerate(titles)]


def test_of_two_hundred_planted_pairs_most_are_told_rightly() -> None:
    with PLANTED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file, delimiter="\t"))
    assert len(rows) == 200
    planted = list(dict.fromkeys(title for row in rows for title in (row["original"], row["other"])))
    with gzip.open(PRODUCTS, "rt", encoding="utf-8") as demo:
        others = [json.loads(line)["title"] for line in demo]
    found = {frozenset((pair.title, pair.other_title)) for pair in find_near_duplicates(titled(*planted, *others))}
    for languages in (("en", "zh"), ("en",), ("zh",)):
        told = [
            (row["same"] == "yes", frozenset((row["original"], row["other"])) in found)
            for row in rows
            if row["lang"] in languages
        ]
        right = sum(same and listed for same, listed in told)
        assert right / sum(listed for _, listed in told) >= 0.9
        assert right / sum(same for same, _ in told) >= 0.8
    # What is written in other words is that product, and no other one: neither a changed one nor one of the demo.
    product_of = {row["original"]: row["original"] for row in rows}
    product_of |= {row["other"]: row["original" if row["same"] == "yes" else "other"] for row in rows}
    touching = [pair for pair in map(tuple, found) if not product_of.keys().isdisjoint(pair)]
    right = sum(product_of.get(one, one) == product_of.get(other, other) for one, other in touching)
    assert right / len(touching) >= 0.9


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kettle 1.5 L", "Kettle 1.7 L"),
        ("Cola 4 pack", "Cola 6 pack"),
        ("Red mug", "Blue mug"),
        ("Rug 120 x 80 cm", "Rug 160 x 80 cm"),
        ("Men's boots", "Women's boots"),
        ("Headphones X200", "Headphones X300"),
        ("毛巾 4条装", "毛巾 六条装"),
        ("水壶 1升", "水壶 500毫升"),
        ("蓝牙音箱 黑色", "蓝牙音箱 白色"),
    ],
)
def test_titles_that_contradict_one_another_are_two_products(one: str, other: str) -> None:
    assert distinctions_of(normal_form(one)).tell_apart(distinctions_of(normal_form(other)))
    assert find_near_duplicates(titled(one, other), least=0.0) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kettle 1.5 L", "Kettle 1500 ml"),
        ("Desk 1.2 m", "Desk 120 cm"),
        ("Towels, set of four", "Towels, 4 pieces"),
        ("Boots size 42", "Boots 42 black"),
        ("水壶 1升", "水壶 1000毫升"),
        ("毛巾 4条装", "毛巾 四条装"),
        ("蓝牙音箱", "黑色蓝牙音箱"),
    ],
)
def test_titles_that_may_mean_the_same_are_not_told_apart(one: str, other: str) -> None:
    assert not distinctions_of(normal_form(one)).tell_apart(distinctions_of(normal_form(other)))


def test_the_same_title_is_listed_once_for_each_further_product() -> None:
    found = find_near_duplicates(titled("Blue mug", "blue  MUG", "Steel kettle", "Blue mugs"))
    assert [(pair.id, pair.other_id, pair.score) for pair in found] == [
        ("00000", "00001", 1.0),
        ("00000", "00003", 1.0),
    ]


def test_attributes_tell_products_with_one_title_apart() -> None:
    red, blue, plain = (
        make_product("Linen shirt", id=tag or "none", tags=[tag] if tag else [])
        for tag in ("Colour: Red", "Colour: Blue", "")
    )
    assert find_near_duplicates([red, blue]) == []
    assert [pair.score for pair in find_near_duplicates([red, plain])] == [1.0]


def test_of_a_product_without_a_title_the_description_counts() -> None:
    products = [make_product("", "Steel kettle with a lid", id="a"), make_product("Kettle, steel, with lid", id="b")]
    assert [(pair.id, pair.other_id) for pair in find_near_duplicates(products)] == [("a", "b")]


@pytest.mark.parametrize("count", [0, 1])
def test_a_few_products_have_no_duplicates(count: int) -> None:
    assert find_near_duplicates(titled(*["Blue mug"] * count)) == []


def test_thousands_of_products_take_seconds() -> None:
    brands, kinds = [f"Brand{n}" for n in range(50)], [f"thing{n}" for n in range(50)]
    products = titled(*(f"{brand} {kind} deluxe" for brand in brands for kind in kinds))
    begun = time.process_time()
    find_near_duplicates(products, least=0.99)
    assert time.process_time() - begun < 8

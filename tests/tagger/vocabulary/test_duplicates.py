from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pytest

from index.product import Product
from index.vectors.base import Matrix
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.duplicates import Merge, MergeSettings, find_duplicates


class Angles:
    """Encodes known texts as directions in the plane, and all other texts far from these."""

    name = "angles"
    dim = 2

    def __init__(self, **degrees: float) -> None:
        self._degrees = degrees

    def encode(self, texts: Sequence[str]) -> Matrix:
        radians = np.radians([self._degrees.get(text, 180.0) for text in texts])
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


@dataclass(frozen=True)
class Place:
    """The number of a meaning, and a language."""

    number: int
    lang: str


class Apart:
    """Encodes names by meaning, but with a much larger component for the language."""

    name = "apart"
    dim = 7

    def __init__(self, places: Mapping[str, Place]) -> None:
        self._places = places

    def encode(self, texts: Sequence[str]) -> Matrix:
        rows = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(rows, texts, strict=True):
            row[self._places[text].number] = 1
            row[5 if self._places[text].lang == "en" else 6] = 3
        unit: Matrix = rows / np.linalg.norm(rows, axis=1, keepdims=True)
        return unit


def products(*tags: str) -> list[Product]:
    return [Product(str(number), "x", tags=tuple(each.split())) for number, each in enumerate(tags)]


NOTHING = Angles()


def beyond(degrees: float, least: float) -> float:
    return pytest.approx((np.cos(np.radians(degrees)) - least) / (1 - least), abs=1e-4)


def test_names_that_are_near_in_meaning_are_a_pair_by_how_far_their_cosine_is_beyond_enough() -> None:
    sold = products("couch", "sofa", "sofa", "lamp")
    assert find_duplicates(Vocabulary(), sold, Angles(couch=0, sofa=30, lamp=90)) == [
        Merge("couch", "sofa", "near in meaning", beyond(30, 0.8))
    ]


def test_names_in_two_languages_are_a_pair_where_each_is_the_others_nearest() -> None:
    # 躺椅 is also close enough to "sofa", but "sofa" is closer to 沙发.
    directions = {"sofa": 0.0, "沙发": 20.0, "躺椅": 65.0, "灯": 180.0}
    assert find_duplicates(Vocabulary(), products(*directions), Angles(**directions)) == [
        Merge("沙发", "sofa", "translation", beyond(20, 0.4))
    ]
    apart = MergeSettings(translation=0.95)
    assert find_duplicates(Vocabulary(), products(*directions), Angles(**directions), apart) == []


def test_what_all_names_of_a_language_have_in_common_is_not_counted() -> None:
    names = {"en": ["sofa", "lamp", "rug", "bed", "feedback"], "zh": ["沙发", "灯", "地毯", "床", "书桌"]}
    places = {name: Place(number, lang) for lang, each in names.items() for number, name in enumerate(each)}
    found = find_duplicates(Vocabulary(), products(*places), Apart(places))
    assert {(merge.into, merge.tag) for merge in found} == set(zip(names["en"], names["zh"], strict=True))
    assert {merge.why for merge in found} == {"translation"}


def test_what_a_tag_is_called_in_every_language_is_compared() -> None:
    sofa = Entry("seat", "", {"zh": ("沙发",), "en": ("sofa", "settee")})
    encoder = Angles(**{"沙发, sofa": 0, "couch": 10})
    [merge] = find_duplicates(Vocabulary([sofa]), products("seat", "couch"), encoder)
    assert (merge.tag, merge.into) == ("couch", "seat")


def test_tags_that_nearly_always_stand_together_are_a_pair_with_their_overlap() -> None:
    sold = products("sunglasses eyewear", "sunglasses eyewear", "sunglasses eyewear", "sunglasses eyewear", "eyewear")
    assert find_duplicates(Vocabulary(), sold, Angles(sunglasses=0)) == [
        Merge("sunglasses", "eyewear", "on the same products", 0.0)
    ]
    [merge] = find_duplicates(Vocabulary(), sold, Angles(sunglasses=0), MergeSettings(overlap=0.6))
    assert merge.score == pytest.approx((0.8 - 0.6) / (1 - 0.6))
    assert find_duplicates(Vocabulary(), sold, Angles(sunglasses=0), MergeSettings(overlap=0.81)) == []
    assert find_duplicates(Vocabulary(), sold[:2], Angles(sunglasses=0)) == []


def test_names_that_are_spelled_alike_are_a_pair_without_any_product() -> None:
    vocabulary = Vocabulary([Entry("t-shirts", "", {"en": ("t-shirts", "tees")}), Entry("T shirt")])
    assert find_duplicates(vocabulary, [], NOTHING) == [Merge("T shirt", "t-shirts", "spelled alike", 1.0)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (Entry("red", "colour"), Entry("crimson", "name")),
        (Entry("red"), Entry("crimson", "", {}, ("red",))),
        (Entry("red", "", {}, ("crimson",)), Entry("crimson")),
    ],
)
def test_tags_of_two_facets_or_one_above_the_other_are_no_pair(first: Entry, second: Entry) -> None:
    sold = products(*["red crimson"] * 5)
    assert len(find_duplicates(Vocabulary(), sold, NOTHING)) == 1
    assert find_duplicates(Vocabulary([first, second]), sold, NOTHING) == []


def test_names_with_different_numbers_are_no_pair_by_meaning() -> None:
    sold = products("iphone-6", "iphone-6s", "iphone-7", "phone-6")
    found = find_duplicates(Vocabulary(), sold, NOTHING)
    assert [{merge.tag, merge.into} for merge in found] == [{"iphone-6", "phone-6"}]


@pytest.mark.parametrize("name", ["non-slip", "nonslip", "anti slip", "unslip"])
def test_a_name_and_its_negation_are_no_pair_by_meaning(name: str) -> None:
    sold = [Product("1", "x", tags=(name, "slip"))]
    assert find_duplicates(Vocabulary(), sold, NOTHING) == []


def test_each_pair_comes_once_for_what_speaks_most_for_it_the_best_first() -> None:
    sold = products("sofa couch", "sofa couch", "sofa couch", "sofa", "lamp", "light", "light")
    found = find_duplicates(Vocabulary(), sold, Angles(sofa=0, couch=20, lamp=90, light=90), MergeSettings(overlap=0.7))
    assert [(merge.tag, merge.into, merge.why) for merge in found] == [
        ("lamp", "light", "near in meaning"),
        ("couch", "sofa", "near in meaning"),
    ]


def test_without_products_or_tags_there_is_nothing_to_merge() -> None:
    assert find_duplicates(Vocabulary(), [], NOTHING) == []

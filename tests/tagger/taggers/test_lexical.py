from dataclasses import replace
from pathlib import Path

import pytest

from index.product import Product
from tagger.plugins import Resources
from tagger.taggers.lexical import LexicalTagger, create
from tagger.types import Evidence, Span
from tagger.vocabulary import Entry, Vocabulary

FRIDGE = Entry("refrigerator", "kind", {"zh": ("冰箱", "电冰箱"), "en": ("refrigerator", "fridge")})
WORDS = Vocabulary([FRIDGE, *map(Entry, ("red", "mug", "lamp", "wi-fi", "c++", "T恤"))])


def lexical(*products: Product, vocabulary: Vocabulary = WORDS, least_characters: int = 2) -> LexicalTagger:
    tagger = LexicalTagger(vocabulary, least_characters=least_characters)
    tagger.fit(products)
    return tagger


def tags_in(text: str, tagger: LexicalTagger) -> list[str]:
    [ranking] = tagger.suggest([Product("p", text)], 20)
    return sorted(each.tag for each in ranking)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A red mug", ["mug", "red"]),
        ("RED/Mug.", ["mug", "red"]),
        ("infrared lamp", ["lamp"]),
        ("redder, mugs and lampshade", ["mug"]),
        ("Mugs™, Wi Fi", ["mug", "wi-fi"]),
        ("red_mug 2red", ["mug", "red"]),
        ("(wi-fi) c++", ["c++", "wi-fi"]),
        ("双门电冰箱", ["refrigerator"]),
        ("冰箱red贴", ["red", "refrigerator"]),
        ("small Fridge", ["refrigerator"]),
        ("男士t恤衫", ["T恤"]),
        ("", []),
    ],
)
def test_a_tag_is_found_where_a_form_of_it_stands_as_a_whole_word(text: str, expected: list[str]) -> None:
    assert tags_in(text, lexical()) == expected


def test_short_latin_forms_are_not_looked_for_and_short_chinese_ones_are() -> None:
    vocabulary = Vocabulary([Entry("xl", "size"), Entry("cup", "", {"zh": ("杯",)})])
    assert tags_in("xl 杯", lexical(vocabulary=vocabulary)) == ["cup", "xl"]
    assert tags_in("xl cup 杯", lexical(vocabulary=vocabulary, least_characters=4)) == ["cup"]


def test_tags_of_the_products_are_looked_for_too() -> None:
    assert tags_in("a novel gadget", lexical(Product("1", "x", tags=("gadget",)))) == ["gadget"]


def test_the_reliability_is_the_share_that_was_right_shrunk_towards_that_of_all_tags() -> None:
    tagger = lexical(Product("1", "red mug", tags=("red", "mug")), Product("2", "red lamp", tags=("lamp",)))
    # Four matches (red, mug, red, lamp), three right: the overall share is (3 + 1) / (4 + 2) = 2/3.
    [ranking] = tagger.suggest([Product("p", "red mug fridge")], 5)
    assert ranking == [
        ("mug", pytest.approx((1 + 4 * 2 / 3) / (1 + 4))),  # 11/15
        ("refrigerator", pytest.approx((0 + 4 * 2 / 3) / (0 + 4))),  # 2/3
        ("red", pytest.approx((1 + 4 * 2 / 3) / (2 + 4))),  # 11/18
    ]


COLOURS = Vocabulary([Entry("red", "", {"zh": ("红色",)}), Entry("wine red", "", {"zh": ("酒红色",)}), Entry("wine")])


@pytest.mark.parametrize(
    ("text", "inside"),
    [
        ("酒红色", {"red"}),
        ("a wine red mug", {"red", "wine"}),
        ("酒红色，红色", set()),
        ("wine, red", set()),
        ("wine 红色 wine red", set()),
    ],
)
def test_a_tag_that_stands_only_inside_a_longer_name_is_trusted_by_its_own_record(text: str, inside: set[str]) -> None:
    tagger = lexical(
        Product("1", "wine red wine red", tags=("wine red",)),
        Product("2", "red, wine", tags=("red", "wine")),
        vocabulary=COLOURS,
    )
    # Five matches: in the first product "wine red" and the two inside it, in the second two free ones. Three are right:
    # the overall share is (3 + 1) / (5 + 2) = 4/7.
    free, within = (1 + 4 * 4 / 7) / (1 + 4), (0 + 4 * 4 / 7) / (1 + 4)
    [ranking] = tagger.suggest([Product("p", text)], 5)
    assert dict(ranking) == {tag: pytest.approx(within if tag in inside else free) for tag in dict(ranking)}
    assert inside <= set(dict(ranking))


def test_a_form_inside_a_longer_one_of_the_same_tag_stands_free() -> None:
    vocabulary = Vocabulary([Entry("fridge", "", {"zh": ("冰箱", "电冰箱")})])
    tagger = lexical(Product("1", "电冰箱", tags=("fridge",)), vocabulary=vocabulary)
    # One match, which is right: the overall share is 2/3.
    for text in ("电冰箱", "冰箱"):
        assert tagger.suggest([Product("p", text)], 5) == [[("fridge", pytest.approx((1 + 4 * 2 / 3) / (1 + 4)))]]


def test_before_any_product_half_is_trusted() -> None:
    [ranking] = lexical().suggest([Product("p", "red")], 5)
    assert ranking == [("red", pytest.approx(0.5))]


def test_learning_again_forgets_what_was_learnt_before() -> None:
    tagger = lexical(Product("1", "red", tags=("gadget",)))
    tagger.fit([])
    [ranking] = tagger.suggest([Product("p", "red gadget")], 5)
    assert ranking == [("red", pytest.approx(0.5))]


def test_spans_say_where_each_form_stands() -> None:
    product = Product("p", "双门电冰箱", "A red fridge. Red!")
    [evidence] = lexical().explain([product], [["refrigerator", "red", "mug"]])
    assert evidence == {
        "refrigerator": Evidence(spans=(Span(2, 5, "电冰箱"), Span(3, 5, "冰箱"), Span(12, 18, "fridge"))),
        "red": Evidence(spans=(Span(8, 11, "red"), Span(20, 23, "Red"))),
    }


@pytest.mark.parametrize("text", ["İstanbul mug", "İİİ mug", "ﬁne Ⅻ mug", "ΣΑΣ mug", "🛒 mug"])
def test_letters_that_change_their_length_in_lower_case_move_no_span(text: str) -> None:
    product = Product("p", text)
    end = len(product.text)
    [evidence] = lexical().explain([product], [["mug"]])
    assert evidence == {"mug": Evidence(spans=(Span(end - 3, end, "mug"),))}


def test_only_the_tags_asked_for_have_evidence() -> None:
    products = [Product("1", "red mug"), Product("2", "red mug")]
    first, second = lexical().explain(products, [["red"], []])
    assert list(first) == ["red"]
    assert second == {}


def test_a_form_that_is_one_tags_name_and_anothers_alias_means_the_name() -> None:
    pot = Entry("pot", "", {"en": ("pot", "kettle")})
    assert tags_in("A kettle", lexical(vocabulary=Vocabulary([pot, Entry("kettle")]))) == ["kettle"]
    # Also if the name is a product's tag.
    learnt = Product("1", "x", tags=("kettle",))
    assert tags_in("A kettle", lexical(learnt, vocabulary=Vocabulary([pot]))) == ["kettle"]


def test_without_learning_or_tags_there_is_nothing_to_suggest(resources: Resources) -> None:
    tagger = create(resources)
    assert tagger.suggest([Product("p", "red")], 5) == [[]]
    tagger.fit([Product("1", "red")])
    assert tagger.suggest([Product("p", "red")], 5) == [[]]


def test_what_is_saved_is_loaded(tmp_path: Path, resources: Resources) -> None:
    tagger = lexical(Product("1", "red mug gadget", tags=("red", "gadget")))
    tagger.save(tmp_path)
    loaded = create(replace(resources, vocabulary=WORDS))
    loaded.load(tmp_path)
    asked = [Product("p", "red mug gadget 冰箱")]
    assert loaded.suggest(asked, 9) == tagger.suggest(asked, 9)
    assert len(tagger.suggest(asked, 9)[0]) == 4

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from random import Random

import numpy as np
import pytest

from index.errors import StaleArtifact
from index.product import Product
from tagger.plugins import Resources
from tagger.taggers.phrase.spans import spans_of
from tagger.taggers.phrases import PhraseTagger, create
from tagger.vocabulary import Entry, Vocabulary, fold

KINDS = {"mug": "杯子", "lamp": "台灯", "kettle": "水壶", "chair": "椅子", "fridge": "冰箱", "rug": "地毯"}
LOOKS = {"red": "红色", "steel": "不锈钢", "folding": "折叠", "large": "大号", "wooden": "木制", "light": "轻便"}
USES = {"for the kitchen": "适合厨房", "with a warranty": "全国联保", "as a present": "送礼佳品"}
SYLLABLES = ("zor", "vex", "lum", "tak", "bri", "nol", "fey", "dru", "pim", "quo", "hes", "wyn")
CHARACTERS = "禾溪辰岚柏瑜朗沁泓汐翎霁"


def _english(random: Random, brand: str, number: int) -> Product:
    kind, look, use = random.choice([*KINDS]), random.choice([*LOOKS]), random.choice([*USES])
    title = random.choice([f"{look} {kind}", f"{look} {kind} {random.randrange(2, 90)} cm", kind])
    return Product(f"en {number}", f"{brand} {title.title()}", f"{use.capitalize()}.", "en", (brand.casefold(), kind))


def _chinese(random: Random, brand: str, number: int) -> Product:
    kind, look, use = random.choice([*KINDS]), random.choice([*LOOKS]), random.choice([*USES])
    title = random.choice([f"{LOOKS[look]}{KINDS[kind]}", f"{LOOKS[look]}{KINDS[kind]}{random.randrange(2, 90)}厘米"])
    return Product(f"zh {number}", f"【{brand}】{title}", f"{USES[use]}。", "zh", (brand, kind))


def _products(count: int) -> list[Product]:
    """Make products whose titles begin with invented brands. Most brands have one or two products."""
    random = Random(7)
    brands = ["".join(random.sample(SYLLABLES, 2)).capitalize() for _ in range(count // 2)]
    names = ["".join(random.sample(CHARACTERS, 2)) for _ in range(count // 2)]
    english = [_english(random, random.choice(brands), number) for number in range(count // 2)]
    return english + [_chinese(random, random.choice(names), number) for number in range(count // 2)]


VOCABULARY = Vocabulary([Entry(kind, "kind", {"zh": (name,), "en": (kind,)}) for kind, name in KINDS.items()])
PRODUCTS = _products(400)
ENGLISH = Product("new", "Ombrash Steel Kettle", "For the kitchen.", "en")
CHINESE = Product("new", "【熙墨】木制椅子", "送礼佳品。", "zh")


def _fitted(vocabulary: Vocabulary = VOCABULARY, *, new_tags: bool = True, **products: list[Product]) -> PhraseTagger:
    tagger = PhraseTagger(vocabulary, new_tags=new_tags, seed=0)
    tagger.fit(products.get("products", PRODUCTS))
    return tagger


@pytest.fixture(scope="module")
def tagger() -> PhraseTagger:
    return _fitted()


def _said(tagger: PhraseTagger, product: Product) -> Mapping[str, float]:
    [ranking] = tagger.suggest([product], 20)
    return dict(ranking)


@pytest.mark.parametrize(("product", "brand"), [(ENGLISH, "ombrash"), (CHINESE, "熙墨")])
def test_a_brand_that_no_product_has_is_told_by_where_it_stands(
    tagger: PhraseTagger, product: Product, brand: str
) -> None:
    assert not any(brand in fold(each.text) for each in PRODUCTS)
    said = _said(tagger, product)
    known = {tag for each in PRODUCTS for tag in each.tags}
    assert said[brand] > 0.5
    # It is by far the most probable new tag.
    assert said[brand] > 5 * max((score for tag, score in said.items() if tag not in {*known, brand}), default=0)


def test_a_tag_is_found_by_any_of_its_names(tagger: PhraseTagger) -> None:
    assert _said(tagger, ENGLISH)["kettle"] > 0.5
    # 椅子 is the Chinese label of the chair.
    said = _said(tagger, CHINESE)
    assert said["chair"] > 0.5
    assert "椅子" not in said


def test_words_that_were_never_a_tag_are_none(tagger: PhraseTagger) -> None:
    for product in (ENGLISH, CHINESE):
        said = _said(tagger, product)
        never = {*LOOKS, *LOOKS.values(), *USES, *USES.values()}
        assert max((score for tag, score in said.items() if tag in never), default=0) < 0.1


def test_a_tag_of_two_names_in_a_text_has_the_surer_ones_score(tagger: PhraseTagger) -> None:
    both = Product("p", "Ombrash Steel Kettle 水壶")
    [shown] = tagger.explain([both], [["kettle"]])
    assert {span.text for span in shown["kettle"].spans} == {"Kettle", "水壶"}
    assert [tag for tag, _ in tagger.suggest([both], 20)[0]].count("kettle") == 1
    scores = [score for _, tag, score in tagger._score_phrases(spans_of([both]), [both]) if tag == "kettle"]
    assert len({*scores}) > 1
    assert _said(tagger, both)["kettle"] == max(scores)


@pytest.mark.parametrize("product", [ENGLISH, CHINESE])
def test_without_new_tags_it_keeps_to_those_that_the_store_knows(tagger: PhraseTagger, product: Product) -> None:
    known = {tag for each in PRODUCTS for tag in each.tags} | set(VOCABULARY.tags)
    open_to_all = _said(tagger, product)
    closed = _said(_fitted(new_tags=False), product)
    assert not set(open_to_all) <= known
    assert closed == {tag: score for tag, score in open_to_all.items() if tag in known}
    assert closed


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (str.lower, "ombrash"),
        # If most tags are capitalised, a new tag keeps the capitals of the text.
        (str.title, "Ombrash"),
    ],
)
def test_a_new_tag_is_written_in_lower_case_only_where_the_stores_tags_are(written: object, expected: str) -> None:
    assert callable(written)
    english = [replace(each, tags=tuple(map(written, each.tags))) for each in PRODUCTS if each.lang == "en"]
    said = _said(_fitted(Vocabulary(), products=english), ENGLISH)
    assert max((score, tag) for tag, score in said.items() if tag.casefold() == "ombrash")[1] == expected
    assert {tag for tag in said if tag.casefold() == "ombrash"} == {expected}


def test_an_own_product_is_no_reason_to_believe_it() -> None:
    # The first word of each product is a tag of that product only. If the counts included the product itself, the trees
    # would learn that such a phrase is always right, and that a phrase with no counts is always wrong.
    random = Random(3)
    letters = "bcdfghklmnprst"
    names = ["".join(random.choices(letters, k=6)) for _ in range(300)]
    products = [
        Product(str(number), f"{name} {random.choice([*LOOKS])} {random.choice([*KINDS])}", tags=(name,))
        for number, name in enumerate(names)
    ]
    assert len(set(names)) == 300
    said = _said(_fitted(Vocabulary(), products=products), Product("p", "wqxzvj large rug"))
    assert said["wqxzvj"] > 0.9


def test_evidence_shows_where_in_the_text_each_tag_stands(tagger: PhraseTagger) -> None:
    text = Product("p", "Ombrash Steel Kettle", "A kettle for the kitchen.")
    [shown] = tagger.explain([text], [["ombrash", "kettle", "mug"]])
    assert [(span.start, span.end, span.text) for span in shown["ombrash"].spans] == [(0, 7, "Ombrash")]
    assert (14, 20, "Kettle") in [(span.start, span.end, span.text) for span in shown["kettle"].spans]
    assert set(shown) == {"ombrash", "kettle"}
    for evidence in shown.values():
        assert all(text.text[span.start : span.end] == span.text for span in evidence.spans)


def test_all_that_it_suggests_it_can_show(tagger: PhraseTagger) -> None:
    products = [ENGLISH, Product("empty", ""), CHINESE, *PRODUCTS[:5], *PRODUCTS[-5:]]
    rankings = tagger.suggest(products, 50)
    shown = tagger.explain(products, [[tag for tag, _ in ranking] for ranking in rankings])
    assert [set(each) for each in shown] == [{tag for tag, _ in ranking} for ranking in rankings]
    assert rankings[1] == []


def test_only_the_tags_asked_for_have_evidence(tagger: PhraseTagger) -> None:
    first, second = tagger.explain([ENGLISH, CHINESE], [["kettle"], []])
    assert list(first) == ["kettle"]
    assert second == {}


def test_what_is_saved_is_loaded(tagger: PhraseTagger, tmp_path: Path, resources: Resources) -> None:
    tagger.save(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["phrases.json", "phrases.txt"]
    loaded = create(replace(resources, vocabulary=VOCABULARY))
    loaded.load(tmp_path)
    asked = [ENGLISH, CHINESE, *PRODUCTS[::20]]
    assert loaded.suggest(asked, 20) == tagger.suggest(asked, 20)
    assert loaded.explain(asked, [["kettle", "熙墨"]] * len(asked)) == tagger.explain(
        asked, [["kettle", "熙墨"]] * len(asked)
    )


def test_a_tagger_of_other_features_is_refused(tagger: PhraseTagger, tmp_path: Path, resources: Resources) -> None:
    tagger.save(tmp_path)
    saved = json.loads((tmp_path / "phrases.json").read_text("utf-8"))
    saved["columns"][0] = "colour of the first word"
    (tmp_path / "phrases.json").write_text(json.dumps(saved), "utf-8")
    with pytest.raises(StaleArtifact, match="the tagger phrases was trained on other features; run fit again"):
        create(resources).load(tmp_path)


def test_what_is_known_in_another_spelling_is_not_new() -> None:
    known = Vocabulary([*VOCABULARY, Entry("ombrash")])
    tagger = _fitted(known)
    assert "ombrash" in _said(tagger, ENGLISH)
    spelled = replace(ENGLISH, title="Ômbrash Steel Kettle")
    assert "ombrash" in _said(tagger, spelled)
    assert "ômbrash" in _said(_fitted(), spelled)


def test_learning_again_gives_the_same_and_forgets_what_was_before(tagger: PhraseTagger) -> None:
    again = _fitted(products=PRODUCTS[:200])
    again.fit(PRODUCTS)
    assert again.suggest([ENGLISH, CHINESE], 20) == tagger.suggest([ENGLISH, CHINESE], 20)


NOTHING = [
    [],
    [Product("1", ""), Product("2", "", tags=("mug",))],
    # No tag occurs in any text.
    [Product("1", "Red kettle", tags=("gift",)), Product("2", "蓝色水壶", tags=("礼物",))],
    [Product("1", "☃", tags=("snow",)), Product("2", "★", tags=("star",))],
]


@pytest.mark.parametrize("products", NOTHING)
def test_where_no_tag_stands_in_any_text_nothing_is_learnt_and_nothing_said(
    products: list[Product], tmp_path: Path, resources: Resources
) -> None:
    tagger = create(resources)
    assert tagger.suggest([ENGLISH], 5) == [[]]
    tagger.fit(products)
    assert tagger.suggest([ENGLISH, *products], 5) == [[]] * (1 + len(products))
    assert tagger.explain([ENGLISH], [["kettle"]]) == [{}]
    tagger.save(tmp_path)
    loaded = create(resources)
    loaded.load(tmp_path)
    assert loaded.suggest([ENGLISH, *products], 5) == [[]] * (1 + len(products))


def test_empty_texts_get_nothing_and_move_nobody_elses_tags(tagger: PhraseTagger) -> None:
    texts = [Product("1", ""), ENGLISH, Product("2", " "), Product("3", "…"), CHINESE, Product("4", "")]
    rankings = tagger.suggest(texts, 20)
    assert [bool(ranking) for ranking in rankings] == [False, True, False, False, True, False]
    assert [rankings[1], rankings[4]] == tagger.suggest([ENGLISH, CHINESE], 20)
    assert tagger.suggest([], 20) == []


def test_a_text_of_a_million_characters_is_read_at_its_beginning(tagger: PhraseTagger) -> None:
    long = replace(ENGLISH, description="For the kitchen. " + "and more " * 110_000)
    assert _said(tagger, long)["ombrash"] > 0.5
    endless = replace(ENGLISH, title="a" * 1_000_000)
    assert all(len(tag) <= 100 for tag in _said(tagger, endless))


def test_scores_are_probabilities_of_products_that_it_has_not_seen() -> None:
    fitted, held = PRODUCTS[::2], PRODUCTS[1::2]
    rankings = _fitted(products=fitted).suggest(held, 50)
    scores = np.array([score for ranking in rankings for _, score in ranking])
    right = np.array([tag in each.tags for each, ranking in zip(held, rankings, strict=True) for tag, _ in ranking])
    assert ((scores > 0) & (scores < 1)).all()
    # Each product has two tags, and its text contains both.
    assert scores.sum() == pytest.approx(right.sum(), rel=0.1)
    assert right[scores > 0.9].mean() > 0.9

import random
from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.seq2seq.augmentation import (
    Augmentation,
    augment,
    reorder_parts,
    with_a_foreign_name,
    with_another_value,
    without_some_words,
)
from finetune.seq2seq.cases import Case
from index.errors import BadSetting
from index.product import Product
from tagger.generation.prompt import Near
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary([Entry("mug", "kind", {"zh": ("马克杯",), "en": ("mug",)})])
MUG = Product("1", "Blue mug", "Holds 0.5 l. Is blue! Cheap", "en", ("mug", "blue"))
CASE = Case(MUG, (Near(0.9, ("mug", "red")), Near(0.8, ("mug", "blue"))))
NEVER = Augmentation(**{field.name: 0.0 for field in fields(Augmentation)})


def changed(seed: int = 0, case: Case = CASE, **probabilities: float) -> Case:
    return augment(case, replace(NEVER, **probabilities), VOCABULARY, random.Random(seed))


def test_what_is_never_to_happen_does_not() -> None:
    assert changed() == CASE


@pytest.mark.parametrize("name", [field.name for field in fields(Augmentation)])
@pytest.mark.parametrize("value", [-0.1, 1.1])
def test_what_is_no_probability_is_refused_by_name(name: str, value: float) -> None:
    with pytest.raises(BadSetting, match=f"{name} must be between 0 and 1"):
        Augmentation(**{name: value})


def test_all_neighbours_are_left_out_together() -> None:
    assert changed(no_neighbours=1.0) == Case(MUG)


def test_each_neighbour_is_left_out_by_itself() -> None:
    left = {len(changed(seed, neighbour_dropout=0.5).near) for seed in range(40)}
    assert left == {0, 1, 2}


def test_a_tag_that_stands_in_the_text_is_hidden_from_all_neighbours() -> None:
    hidden = changed(hidden_tag=1.0)
    assert [near.tags for near in hidden.near] == [("red",), ()]
    assert hidden.product == MUG


def test_a_tag_that_does_not_stand_in_the_text_is_not_hidden() -> None:
    case = Case(replace(MUG, title="Cup", description=""), CASE.near)
    assert changed(case=case, hidden_tag=1.0) == case


def test_a_value_gives_way_to_a_neighbours_in_the_text_and_among_the_tags() -> None:
    product = with_another_value(replace(MUG, tags=("blue",)), ["red", "blue"], random.Random(0))
    assert product.title == "red mug"
    assert product.description == "Holds 0.5 l. Is red! Cheap"
    assert product.tags == ("red",)


def test_without_another_value_nothing_is_replaced() -> None:
    assert with_another_value(MUG, ["mug", "blue"], random.Random(0)) == MUG
    assert with_another_value(replace(MUG, tags=("iron",)), ["red"], random.Random(0)).tags == ("iron",)


def test_a_title_gets_a_tags_name_in_the_other_language() -> None:
    assert with_a_foreign_name(MUG, VOCABULARY, random.Random(0)).title == "Blue mug 马克杯"
    assert with_a_foreign_name(replace(MUG, tags=("blue",)), VOCABULARY, random.Random(0)).title == "Blue mug"
    assert with_a_foreign_name(replace(MUG, lang="other"), VOCABULARY, random.Random(0)).title == "Blue mug"


@given(st.text(max_size=60), st.integers())
def test_words_that_are_left_come_in_their_order(text: str, seed: int) -> None:
    thinned = without_some_words(Product("1", text), 0.5, random.Random(seed)).title
    rest = iter(text)
    assert all(character in rest for character in thinned)


def test_a_text_keeps_at_least_something() -> None:
    assert without_some_words(MUG, 1.0, random.Random(0)) == MUG


@pytest.mark.parametrize(
    ("lang", "description", "sentences"),
    [
        ("en", "Holds 0.5 l. Is blue! Cheap", {"Holds 0.5 l.", "Is blue!", "Cheap"}),
        ("zh", "能装0.5升。蓝色!好看", {"能装0.5升。", "蓝色!", "好看"}),
    ],
)
def test_reordering_moves_whole_sentences(lang: str, description: str, sentences: set[str]) -> None:
    product = Product("1", "mug", description, lang)
    seen = {reorder_parts(product, random.Random(seed)).description for seed in range(50)}
    assert len(seen) == 6
    for text in seen:
        assert all(sentence in text for sentence in sentences)
        assert len(text) == len(description)


def test_reordering_changes_the_description_only() -> None:
    product = Product("1", "A. B.", "", "en", ("mug",))
    assert reorder_parts(product, random.Random(0)) == product

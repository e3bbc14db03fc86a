import pytest

from index.product import make_product
from tagger.taggers.phrase.spans import spans_of
from tagger.taggers.phrase.word_ends import is_of_words


def phrases(text):
    spans = spans_of([make_product(text)])
    return {phrase: is_of_words(spans, number) for number, phrase in enumerate(spans.phrases)}


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        # Cut into single characters, as no dictionary has these brands.
        ("言若 百搭柔软打底裤", "言若"),
        ("垒巢 懒人沙发", "垒巢"),
        ("雪完美男式内裤", "雪完美"),
        ("派克兰帝男童时尚毛衣", "派克兰帝"),
        ("自由兵户外 战术工装裤", "自由兵"),
        ("男童时尚毛衣", "毛衣"),
        ("Steel kettle", "steel"),
    ],
)
def test_a_name_that_no_dictionary_has_is_found_by_its_surroundings(text, phrase):
    assert phrases(text)[phrase]


@pytest.mark.parametrize(
    ("text", "phrase"),
    [
        # The first character of 打底裤 does not end a word, nor does the second begin one.
        ("百搭柔软舒适打底裤", "舒适打"),
        ("男童时尚v领毛衣", "时尚v领"),
        ("言若 百搭柔软打底裤", "若"),
        ("派克兰帝男童时尚毛衣", "帝男童"),
    ],
)
def test_a_character_next_to_a_word_is_a_part_of_it(text, phrase):
    assert not phrases(text)[phrase]

import pytest

from tagger.tokens import han_ngrams, latin_ngrams, pairs, words


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Steel Mug, 350 ml", ["steel", "mug", "350", "ml"]),
        ("men's wi-fi v1.2 don’t", ["men's", "wi-fi", "v1.2", "don’t"]),
        ("snake_case -dash- 'quoted'", ["snake", "case", "dash", "quoted"]),
        ("不锈钢保温杯", ["不锈钢", "保温杯"]),
        ("双门冰箱，节能。", ["双门", "冰箱", "节能"]),
        ("iPhone手机壳", ["iphone", "手机", "壳"]),
        ("… ！ 🛒 _", []),
        ("", []),
    ],
)
def test_text_is_cut_into_words_in_lower_case(text: str, expected: list[str]) -> None:
    assert words(text) == expected


def test_pairs_are_neighbouring_words() -> None:
    assert pairs(["steel", "mug", "blue"]) == ["steel mug", "mug blue"]
    assert pairs(["mug"]) == []


def test_characters_in_a_row_do_not_run_over_other_script() -> None:
    assert list(han_ngrams("冰箱A门")) == ["#冰", "#箱", "#冰箱", "#门"]
    assert list(han_ngrams("双门冰箱", (3, 4))) == ["#双门冰", "#门冰箱", "#双门冰箱"]
    assert list(han_ngrams("mug")) == []


def test_parts_of_words_know_the_ends_of_the_word() -> None:
    assert list(latin_ngrams(["mug"])) == ["#<mu", "#mug", "#ug>", "#<mug", "#mug>", "#<mug>"]
    assert list(latin_ngrams(["冰箱", "tv"])) == ["#<tv", "#tv>", "#<tv>"]
    assert list(latin_ngrams(["a"], (5,))) == []

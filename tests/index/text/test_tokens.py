import pytest

from index.text.tokens import han_ngrams, latin_ngrams, pairs, word_spans, words


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


@pytest.mark.parametrize("text", ["Steel Mug, 350 ml", "超薄双门冰箱，节能。", "iPhone手机壳 men's", "… ！ 🛒 _", ""])
def test_words_are_the_same_with_their_places(text: str) -> None:
    found = word_spans(text)
    assert [word for word, _, _ in found] == words(text)
    assert [text[start:end].lower() for _, start, end in found] == words(text)


def test_a_letter_that_has_two_in_lower_case_moves_no_place() -> None:
    assert [("İİ冰箱"[start:end], start, end) for _, start, end in word_spans("İİ冰箱")] == [("İİ冰箱", 0, 4)]


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

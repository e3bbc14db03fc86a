import pytest

from tagger.novelty.content import says_nothing


@pytest.mark.parametrize(
    "text",
    [
        "",
        "???",
        "nan",
        "NaN",
        "N/A",
        "12345",
        "10 000",
        "null\nnone",
        "…",
        "xxx",
        "test",
        "无",
        "测试",
        "暂无",
        "Lorem ipsum",
        "Lorem ipsum dolor sit amet, consectetur adipiscing elit.",
        "哈哈哈哈",
        "ｎａｎ",
    ],
)
def test_a_text_without_words_about_a_product_says_nothing(text):
    assert says_nothing(text)


@pytest.mark.parametrize(
    "text",
    [
        "mug",
        "杯",
        "Test strips",
        "空调",
        "无线耳机",
        "AAA batteries",
        "4K TV",
        "Null modem cable",
        "Dolor cream",
        "Lorem vase by Ipsum Design",
        "Pizza ad magna",
        "XXL",
    ],
)
def test_a_text_with_a_word_about_a_product_says_something(text):
    assert not says_nothing(text)


def test_what_names_a_tag_says_something():
    assert says_nothing("501")
    assert not says_nothing("501", {"501"}.__contains__)

import pytest

from index.text.language import detect_language


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("双门冰箱 节能静音", "zh"),
        ("雙門電冰箱", "zh"),
        ("Sony 索尼 WH-1000XM5 无线降噪耳机", "zh"),
        ("Apple iPhone 15 透明手机壳", "zh"),
        ("让・雷诺同款墨镜", "zh"),
        ("𠮷野家", "zh"),
        ("Stainless steel mug, 350 ml", "en"),
        ("Café crème set", "en"),
        ("USB-C hub 7-in-1", "en"),
        ("Chinese character 福 wall sticker for the door", "en"),
        ("ステンレスマグ 保温", "other"),
        ("保温カップ", "other"),
        ("스테인리스 머그컵", "other"),
        ("холодильник", "other"),
        ("Холодильник Bosch", "other"),
        ("ثلاجة", "other"),
        ("", "other"),
        ("350 × 20 — №5", "other"),
    ],
)
def test_the_script_decides_on_the_language(text: str, language: str) -> None:
    assert detect_language(text) == language


def test_one_ideograph_counts_as_much_as_three_latin_letters() -> None:
    assert detect_language("杯 mug") == "zh"
    assert detect_language("杯 mugs") == "en"


def test_less_than_four_fifths_plain_latin_letters_are_not_english() -> None:
    assert detect_language("brûlée") == "other"
    assert detect_language("aaaaé") == "en"
    assert detect_language("aaaéé") == "other"

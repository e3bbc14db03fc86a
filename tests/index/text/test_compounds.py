import pytest

from index.text.compounds import Compounds

NAMES = Compounds(["lunch box", "toothbrush", "T恤", "蓝牙耳机", "wi-fi", "box set", "1.7L", "2024"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Leakproof lunchboxes", "leakproof lunch box"),
        ("A lunch-box", "a lunch box"),
        ("tooth brush, bamboo", "toothbrush bamboo"),
        ("纯棉T 恤", "纯棉t恤"),
        ("降噪蓝牙 耳机", "降噪蓝牙耳机"),
        ("WiFi plug", "wi fi plug"),
        # Of names that overlap, the first and longest is divided.
        ("a lunchbox set", "a lunch box set"),
        ("Kettle 1.7 L, lunch, box", "kettle 1.7l lunch box"),
        ("", ""),
    ],
)
def test_words_are_divided_as_in_names(text: str, expected: str) -> None:
    assert NAMES.normal_text(text) == expected


def test_without_names_a_text_is_only_normal() -> None:
    assert Compounds([]).normal_text("Lunchboxes") == "lunchbox"

import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.cleaning import clean
from index.text.plain_characters import align, plain_characters

TEXTS = st.one_of(st.text(), st.text("½™ﬁ㎏①´ é́\u0301ＡＢ１ｶﾞ한각น้ำ冰箱 ab"))


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("ＡＢＣ１２３", "ABC123"),
        ("ﬁne ㎏ ①", "fine kg 1"),
        ("cafe\u0301", "café"),
        ("1½ l", "11⁄2 l"),
        ("Northvale™ ½", "Northvale™ 1⁄2"),
        ("a ´b", "a \u0301b"),
    ],
)
def test_characters_that_are_written_alike_become_plain_ones(text: str, normal: str) -> None:
    assert plain_characters(text) == normal


@given(TEXTS)
def test_plain_characters_of_a_clean_text_are_in_nfkc_on_one_line(text: str) -> None:
    normal = plain_characters(clean(text))
    assert unicodedata.is_normalized("NFKC", normal.replace("™", "").replace("℠", "")) or "\u0301" in normal
    assert normal == " ".join(normal.split(" "))
    assert plain_characters(normal) == normal


def test_what_plain_characters_came_from_is_found() -> None:
    title, description = "1½ l mug™", "ＢＩＧ น้ำ"
    alignment = align([title, description])
    normal, text = f"{plain_characters(title)}\n{plain_characters(description)}", f"{title}\n{description}"

    def part(word: str) -> str:
        start, end = alignment.part(normal.index(word), normal.index(word) + len(word))
        return text[start:end]

    assert part("mug") == "mug"
    assert part("™") == "™"
    assert part("⁄2") == "½"
    assert part("BIG") == "ＢＩＧ"
    assert part(plain_characters("น้ำ")) == "น้ำ"
    assert part("mug™\nBIG") == "mug™\nＢＩＧ"


@given(st.lists(TEXTS.map(clean).filter(bool), min_size=1, max_size=3))
@example(["a ´b"])
@example(["ｶﾞ", "각"])
@example(["A\u0316\u0300"])
def test_each_plain_character_has_a_part_of_the_text(lines: list[str]) -> None:
    alignment = align(lines)
    text, normal = "\n".join(lines), "\n".join(map(plain_characters, lines))
    assert len(alignment.starts) == len(alignment.ends) == len(normal)
    assert all(0 <= start < end <= len(text) for start, end in zip(alignment.starts, alignment.ends, strict=True))
    assert list(alignment.starts) == sorted(alignment.starts)

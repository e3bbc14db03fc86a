"""Folding of single characters: the quick way for common texts is the same as character by character."""

from hypothesis import example, given
from hypothesis import strategies as st

from index.text.characters import _fold_character, fold_characters
from index.text.chinese import simplify

_TEXTS = st.one_of(
    st.text(), st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("aB`'-%\n"))
)


@given(_TEXTS)
@example("冰箱 USB-C")
@example("冰箱`s")
@example("電熱水壺 ｜ №5")
def test_a_text_is_folded_as_its_characters_are(text: str) -> None:
    # A text of ASCII keeps its backquotes.
    expected = text.lower() if text.isascii() else simplify("".join(map(_fold_character, text)))
    assert fold_characters(text)[0] == expected

import time
import unicodedata

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from index.text.cleaning import _peel, clean, without_embedded

# Parts of markup, entities and invisible characters, so that hypothesis tries their combinations.
MARKUP = "<|>|&|amp;|&lt;|&gt;|&#60;|#|;|script|b|/|!--|-->|<![CDATA[|]]>|'|\""
OTHERS = " |\n|\u200b|\u0301|e|＜|＞|＆|\x00|\x85|\u202e|冰箱|ﬁ|\ufeff|\u3000"
PIECES = st.sampled_from([*MARKUP.split("|"), *OTHERS.split("|")])
TEXTS = st.one_of(st.text(), st.lists(PIECES).map("".join))


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("plain text", "plain text"),
        ("", ""),
        ("Salt &amp; pepper", "Salt & pepper"),
        ("caf&eacute; &#233; &#xE9;", "café é é"),
        ("AT&T, R&D, 5 < 6 > 4, <3 cables", "AT&T, R&D, 5 < 6 > 4, <3 cables"),
        ("<p>Big<br/>red</p>mug", "Big red mug"),
        ("<a href='a>b' title=\"c>d\">link</a>", "link"),
        ("a <!-- hidden <b>--> b", "a b"),
        ("a <!--> b", "a b"),
        ("<!DOCTYPE html><?xml version='1.0'?><![if !IE]>mug<![endif]>", "mug"),
        ("<![CDATA[<p>steel</p>]]> mug", "steel mug"),
        ("an unclosed <b", "an unclosed <b"),
    ],
)
def test_markup_and_entities_are_taken_off_and_other_signs_stay(found: str, expected: str) -> None:
    assert clean(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("mug<script>alert('</b>')</script>cup", "mug cup"),
        ("mug<STYLE type='x'>b {}</Style >cup", "mug cup"),
        ("mug<template><p>x</p></template><noscript>y</noscript>cup", "mug cup"),
        ("mug<script>never closed", "mug"),
        ("<script src='x'/>mug", "mug"),
    ],
)
def test_what_a_browser_does_not_show_is_dropped(found: str, expected: str) -> None:
    assert clean(found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("&lt;b&gt;mug&lt;/b&gt;", "mug"),
        ("&amp;lt;script&amp;gt;x&amp;lt;/script&amp;gt;mug", "mug"),
        ("＜b＞mug＜/b＞", "mug"),
        ("<\u200bb>mug", "mug"),
        ("&#60;b&#62;mug", "mug"),
    ],
)
def test_markup_behind_another_layer_is_taken_off_too(found: str, expected: str) -> None:
    assert clean(found) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1½ l",
        "10⁵",
        "Northvale™",
        "Pen&notebook",
        "<Limited Edition>",
        "a <M> b",
        "น้ำ",
        "ＡＢＣ１２３",
        "ﬁne ㎏ ①",
        "cafe\u0301",
    ],
)
def test_characters_of_a_text_stay_as_they_came(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ("e\u200b\u0301", "e\u0301"),
        ("冰箱\u3000双门", "冰箱 双门"),
        ("  a \t\r\n b\u00a0 c\u2028d\x85e ", "a b c d e"),
        ("a\x00b\x07c\x7fd\x9fe", "abcde"),
        ("\ufeffa\u202eb\u2066c\u061cd\u200ee\u00adf\ufff9g\U000e0041h", "abcdefgh"),
        ("a\ud800b", "ab"),
        ("👩\u200d🍳", "👩\u200d🍳"),
    ],
)
def test_text_comes_out_without_invisible_characters_and_surplus_space(found: str, expected: str) -> None:
    assert clean(found) == expected


def test_text_that_was_escaped_more_than_ten_times_keeps_the_rest() -> None:
    assert clean("&" + "amp;" * 9 + "lt;") == "<"
    assert clean("&" + "amp;" * 12 + "lt;") == "&amp;amp;lt;"


def test_numbers_that_no_character_has_become_the_replacement_character() -> None:
    assert clean("a &#" + "1" * 5000 + "; b &#x" + "f" * 5000 + ";") == "a \ufffd b \ufffd"


@given(TEXTS)
@example("&amp;amp;lt;b&gt;")
@example("＜b＞")
@example("e\u200b\u0301")
def test_clean_text_is_cleaned_to_itself(text: str) -> None:
    once = clean(text)
    assert clean(once) == once


@given(TEXTS)
def test_clean_text_is_on_one_line_without_control_characters(text: str) -> None:
    cleaned = clean(text)
    assert not [character for character in cleaned if unicodedata.category(character) in ("Cc", "Cs", "Zl", "Zp")]
    assert cleaned == " ".join(cleaned.split())


@given(st.text("abc冰箱 ,.", min_size=1))
def test_plain_text_only_loses_surplus_space(text: str) -> None:
    assert clean(text) == " ".join(text.split())


@pytest.mark.parametrize(
    "piece",
    [
        "<!--",
        "<a ",
        "<a x='",
        '<a "',
        "<",
        "<!a",
        "<?",
        "</a",
        "<script>",
        "<script>x</scrip",
        "<![CDATA[",
        "&#",
        "&a",
        "&amp;",
    ],
)
def test_hostile_text_of_the_longest_length_takes_less_than_two_seconds(piece: str) -> None:
    text = (piece * 200_000)[:200_000]
    start = time.thread_time()
    clean(text)
    assert time.thread_time() - start < 2


IMAGE = "data:image/png;base64," + "iVBORw0KGgo" * 50


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"a {IMAGE} b", "a   b"),
        (f'a <img src="{IMAGE}"> b', 'a <img src=" "> b'),
        ("a<script>x</script>b<!-- c -->d", "a b d"),
        ("data: 5 kg, blue", "data: 5 kg, blue"),
    ],
)
def test_what_is_embedded_is_cut_out(text: str, expected: str) -> None:
    assert without_embedded(text) == expected
    assert IMAGE not in clean(text)


@given(TEXTS)
@example("a,DATA:b")
@example(" mug")
@example("mug\x1c")
@example("a\u2003b")
def test_a_text_that_is_taken_for_clean_has_nothing_to_remove(text: str) -> None:
    if clean(text) == text:
        assert _peel(text) == text

"""Turn raw shop text into plain text; its characters are unchanged."""

import html
import re
from html.entities import html5
from typing import Final

# A quoted attribute value may contain ">". No alternative matches past the next "<", so that hostile text takes linear
# time (html.parser takes minutes for 200,000 characters of "<a ").
_INSIDE = r"""(?:[^<>"']|"[^"<]*+"|'[^'<]*+'|["'])*+"""
# Only these names make markup: "<Limited Edition>" is text. One letter may be a size or a grade, as in <B Grade>, so
# that it needs an attribute with a value, or nothing behind it.
_ELEMENTS: Final = (
    "abbr|acronym|address|applet|area|article|aside|audio|base|basefont|bdi|bdo|big|blink|blockquote|body|br|button|"
    "canvas|caption|center|cite|code|col|colgroup|data|datalist|dd|del|details|dfn|dialog|dir|div|dl|dt|em|embed|"
    "fieldset|figcaption|figure|font|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|html|iframe|img|input|"
    "ins|kbd|label|legend|li|link|main|map|mark|marquee|math|menu|meta|meter|nav|nobr|noframes|noscript|object|ol|"
    "optgroup|option|output|param|path|picture|pre|progress|rp|rt|ruby|samp|script|section|select|slot|small|source|"
    "span|strike|strong|style|sub|summary|sup|svg|table|tbody|td|template|textarea|tfoot|th|thead|time|title|tr|"
    "track|tt|ul|var|video|wbr"
)
_LETTERS: Final = "[abipqsu]"
_HIDDEN: Final = (
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    # Elements with text that a browser does not show; without an end tag they run to the end of the text.
    rf"|<(script|style|template|noscript)\b{_INSIDE}(?<!/)>.*?(?:</\1\b[^<>]*>|\Z)"
)
_MARKUP = re.compile(
    rf"{_HIDDEN}|<!\[CDATA\[|\]\]>"
    rf"|<(?:(?:{_ELEMENTS})(?=[\s/>]){_INSIDE}|{_LETTERS}\s*/?"
    # Any name with an attribute, such as <g-emoji alias="x">, and names with a prefix: <o:p>.
    rf"|[a-z][\w.:-]*\s[^<>=]*={_INSIDE}|[a-z][\w.]*:[\w.:]*\s*/?"
    rf"|[/?][a-z]{_INSIDE}|!\[?[a-z]{_INSIDE})>",
    re.DOTALL | re.IGNORECASE,
)
_UNSEEN = re.compile(_HIDDEN, re.DOTALL | re.IGNORECASE)
# A picture or another file as text inside the text.
_FILE = re.compile(r"data:[\w.+-]+/[\w.+-]+(?:;[\w.+=-]+)*,[\w%+/=.~-]*+(?:\s[\w%+/=]{40,}+)*", re.IGNORECASE)
_ENTITY = re.compile(r"&(?:#[0-9]{1,8}|#x[0-9a-f]{1,8}|[a-z][a-z0-9]{1,31});?", re.IGNORECASE)
# html.unescape fails on a number of more than 4,300 digits.
_HUGE_ENTITY = re.compile(r"&#(?:[0-9]{9,}|x[0-9a-f]{9,});?", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
# Markup may be written in full-width characters. Each of them stands for one of ASCII.
_FULL_WIDTH: Final = {0xFF01 + place: 0x21 + place for place in range(94)}
# Control characters other than white space, lone surrogates, and invisible marks that reorder or hide text (bidi
# overrides, zero width, BOM, tag characters). Joiners stay: emoji and several scripts need them.
_INVISIBLE_CHARACTERS: Final = (
    "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f"
)
_INVISIBLE = re.compile(f"[{_INVISIBLE_CHARACTERS}]")
# Most texts of a large file have none of these, and no surplus spaces: there is nothing to clean.
_SUSPECT = re.compile(
    f"[<＜&{_INVISIBLE_CHARACTERS}\t-\r\x1c-\x1f\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]"
)
# Shops may escape their texts several times, but not this often.
_LAYERS = 10


def clean(text: str) -> str:
    """Return the text without markup, embedded files, entities, control characters and surplus white space.

    All other characters stay as they are; `plain_characters` folds them for matching. Clean text stays unchanged; every
    markup tag becomes a space.
    """
    if _is_clean(text):
        return text
    for _ in range(_LAYERS):
        before, text = text, _peel(text)
        if text == before:
            break
    return text


def _is_clean(text: str) -> bool:
    return not (_SUSPECT.search(text) or "  " in text or text[:1] == " " or text[-1:] == " " or _may_have_files(text))


def without_embedded(text: str) -> str:
    """Return the text without embedded files, scripts, styles and comments, which may be far longer than the rest."""
    if "<" in text:
        text = _UNSEEN.sub(" ", text)
    return _FILE.sub(" ", text) if _may_have_files(text) else text


def unescape(text: str) -> str:
    """Return the text with one layer of entities as the characters that they name."""
    return _ENTITY.sub(_character, _HUGE_ENTITY.sub("\ufffd", text)) if "&" in text else text


def _peel(text: str) -> str:
    """Remove one layer: markup may be hidden behind entities, full-width letters and invisible marks."""
    text = _without_files(_INVISIBLE.sub("", text))
    if "<" in text or "＜" in text:
        text = _without_markup(text)
    return _SPACE.sub(" ", unescape(text)).strip()


def _without_files(text: str) -> str:
    return _FILE.sub(" ", text) if _may_have_files(text) else text


def _may_have_files(text: str) -> bool:
    return "," in text and "data:" in text.lower()


def _without_markup(text: str) -> str:
    kept, begin = [], 0
    for found in _MARKUP.finditer(text.translate(_FULL_WIDTH) if "＜" in text else text):
        kept.append(text[begin : found.start()])
        begin = found.end()
    return " ".join([*kept, text[begin:]])


def _character(found: re.Match[str]) -> str:
    """Return the character that an entity names.

    The ampersand in "Pen&notebook" is one, although html.unescape takes the first letters for an entity.
    """
    name = found[0]
    return html.unescape(name) if name[1] == "#" or name[1:] in html5 else name

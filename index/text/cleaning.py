"""Turn raw shop text into plain text."""

import html
import re
import unicodedata

# A quoted attribute value may contain ">". No alternative matches past the next "<", so that hostile text takes linear
# time (html.parser takes minutes for 200,000 characters of "<a ").
_INSIDE = r"""(?:[^<>"']|"[^"<]*+"|'[^'<]*+'|["'])*+"""
_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|\Z))"
    # Elements with text that a browser does not show; without an end tag they run to the end of the text.
    rf"|<(script|style|template|noscript)\b{_INSIDE}(?<!/)>.*?(?:</\1\b[^<>]*>|\Z)"
    r"|<!\[CDATA\[|\]\]>"
    rf"|<(?:[a-z]|[/?][a-z]|!\[?[a-z]){_INSIDE}>",
    re.DOTALL | re.IGNORECASE,
)
# html.unescape fails on a number of more than 4,300 digits.
_HUGE_ENTITY = re.compile(r"&#(?:[0-9]{9,}|x[0-9a-f]{9,});?", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
# Control characters other than white space, lone surrogates, and invisible marks that reorder or hide text (bidi
# overrides, zero width, BOM, tag characters). Joiners stay: emoji and several scripts need them.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ud800-\udfff\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
# NFKC would make TM of it, a part of the word before.
_MARKS = ("™", "℠")
_MARK = re.compile(f"({'|'.join(_MARKS)})")
# Shops may escape their texts several times, but not this often.
_LAYERS = 10


def clean(text: str) -> str:
    """Return the text without markup, entities, control characters and surplus white space, in NFKC but for ™ and ℠.

    Clean text stays unchanged; every markup tag becomes a space.
    """
    for _ in range(_LAYERS):
        before, text = text, _peel(text)
        if text == before:
            break
    return text


def _peel(text: str) -> str:
    """Remove one layer: markup may be hidden behind entities, full-width letters and invisible marks."""
    if "<" in text:
        text = _MARKUP.sub(" ", text)
    if "&" in text:
        text = html.unescape(_HUGE_ENTITY.sub("\ufffd", text))
    parts = _MARK.split(_INVISIBLE.sub("", text))
    text = "".join([part if part in _MARKS else unicodedata.normalize("NFKC", part) for part in parts])
    return _SPACE.sub(" ", text).strip()

"""Turn shop text as found into plain text."""

import html
import re
import unicodedata
from html.parser import HTMLParser

_SILENT = frozenset({"script", "style", "template", "noscript"})
_TAG = re.compile(r"<[a-zA-Z!/?]")
_ENTITY = re.compile(r"&#?\w")
_SPACE = re.compile(r"\s+")
# Control characters, plus the invisible marks that reorder or hide text (bidi overrides, zero width, BOM).
_INVISIBLE = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff]")


class _Text(HTMLParser):
    """Collects what a browser would show; every tag becomes a space."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in _SILENT
        self.parts.append(" ")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.parts.append(" ")

    def handle_endtag(self, tag: str) -> None:
        self._silent = max(0, self._silent - (tag in _SILENT))
        self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.parts.append(data)


def clean(text: str) -> str:
    """Return the text without markup, entities, control characters and surplus white space, in NFKC."""
    if _ENTITY.search(text) or _TAG.search(text):
        text = _without_markup(html.unescape(text) if "&lt;" in text else text)
    text = unicodedata.normalize("NFKC", text)
    return _SPACE.sub(" ", _INVISIBLE.sub("", text)).strip()


def _without_markup(text: str) -> str:
    parser = _Text()
    parser.feed(text)
    parser.close()
    return "".join(parser.parts)

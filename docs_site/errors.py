"""The error messages, by code, from the message catalogue."""

from itertools import groupby

from docs_site.markdown import code, table
from docs_site.texts import LANGUAGES, Texts
from index.messages import Language, is_code, texts

# These begin the codes of parts of other messages.
_PARTS = ("returned.", "invalid.")


def render(labels: Texts) -> str:
    """Render a table for each area: the codes, and their texts in the language of the page."""
    language: Language = "zh" if labels.file == LANGUAGES["zh"] else "en"
    return "\n\n".join(_area(area, list(codes), labels, language) for area, codes in groupby(error_codes(), _area_of))


def error_codes() -> list[str]:
    """Return the codes of all errors, sorted."""
    return sorted(id for id in texts("en") if is_code(id) and not id.startswith(_PARTS))


def _area_of(id: str) -> str:
    return id.partition(".")[0]


def _area(area: str, codes: list[str], labels: Texts, language: Language) -> str:
    found = texts(language)
    rows = [[code(id), found[id].replace("{{", "{").replace("}}", "}")] for id in codes]
    return f"### {area}\n\n{table(labels.head('code', 'text'), rows)}"

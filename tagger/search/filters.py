"""The filters chosen in the catalogue browser, and how each click changes them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from index.catalogue.query import Order, Query
from index.errors import BadInput

MOST_CHOSEN = 10
_YES = "yes"
_FLAGS: Mapping[str, bool | None] = {_YES: True, "no": False, "": None}


@dataclass(frozen=True)
class Choice:
    """The chosen search text, filters, order and page; `described` and `tagged` are "yes", "no" or empty."""

    text: str = ""
    by_meaning: bool = False
    tags: tuple[str, ...] = ()
    lang: str = ""
    described: str = ""
    tagged: str = ""
    order: Order = "relevance"
    size: int = 24
    offset: int = 0

    def query(self) -> Query:
        """Return the catalogue query; without a text, "relevance" has no meaning and becomes "newest"."""
        order: Order = "newest" if self.order == "relevance" and not self.text.strip() else self.order
        described, tagged = _FLAGS[self.described], _FLAGS[self.tagged]
        return Query(self.text, self.tags, self.lang, order, self.size, self.offset, described, tagged)


def toggle(choice: Choice, facet: str, value: str) -> Choice:
    """Select a value of a facet, or deselect it if it is selected; go back to the first page.

    Raises `BadInput` for an unknown facet or value, or too many tags.
    """
    if facet == "tag":
        rest = tuple(tag for tag in choice.tags if tag != value)
        if len(rest) >= MOST_CHOSEN:
            raise BadInput("search.too-many-tags", most=MOST_CHOSEN)
        return replace(choice, tags=rest if value in choice.tags else (*rest, value), offset=0)
    if facet == "lang":
        return replace(choice, lang="" if choice.lang == value else value, offset=0)
    if value not in _FLAGS:
        raise BadInput("search.facet-values")
    if facet == "described":
        return replace(choice, described="" if choice.described == value else value, offset=0)
    if facet == "tagged":
        return replace(choice, tagged="" if choice.tagged == value else value, offset=0)
    raise BadInput("search.unknown-facet")


def clear(choice: Choice) -> Choice:
    """Deselect all facets."""
    return replace(choice, tags=(), lang="", described="", tagged="", offset=0)


def turn_page(choice: Choice, pages: int) -> Choice:
    """Move forward by a number of pages, or back if it is negative."""
    return replace(choice, offset=max(0, choice.offset + pages * choice.size))

"""What may be asked, and how much of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from index.cleaning import clean
from index.errors import BadInput
from index.query import Order, Query

LONGEST_TEXT = 200_000
MOST_TAGS = 100
MOST_PRODUCTS = 100
# Every word of a query is a condition on each product, so a query is short.
LONGEST_QUERY = 200
_MOST_FILTERS = 10
_FARTHEST = 1_000_000_000

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Words = Annotated[str, StringConstraints(max_length=LONGEST_QUERY)]


class SuggestRequest(BaseModel):
    """One product to tag: either its whole `text`, or its `title` and `description`."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text = ""
    title: Text = ""
    description: Text = ""
    limit: int = Field(10, ge=1, le=MOST_TAGS)


class SearchRequest(BaseModel):
    """Which products to list: with every word of `q` and every `tag`; with or without description or tags."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Words = ""
    tag: list[Words] = Field(default_factory=list, max_length=_MOST_FILTERS)
    lang: Literal["", "zh", "en", "other"] = ""
    described: bool | None = None
    tagged: bool | None = None
    sort: Order = "relevance"
    limit: int = Field(20, ge=1, le=MOST_PRODUCTS)
    offset: int = Field(0, ge=0, le=_FARTHEST)

    def query(self) -> Query:
        """Return what to ask the catalogue."""
        return Query(
            text=self.q,
            tags=[clean(tag) for tag in self.tag],
            lang=self.lang,
            order=self.sort,
            limit=self.limit,
            offset=self.offset,
            described=self.described,
            tagged=self.tagged,
        )


def suggest_request(**values: Any) -> SuggestRequest:
    """Check values that come from elsewhere than REST; raises `BadInput` that names the first wrong one."""
    try:
        return SuggestRequest(**values)
    except ValidationError as error:
        raise BadInput(first_line(error.errors())) from error


def search_request(**values: Any) -> SearchRequest:
    """Check values that come from elsewhere than REST; raises `BadInput` that names the first wrong one."""
    try:
        return SearchRequest(**values)
    except ValidationError as error:
        raise BadInput(first_line(error.errors())) from error


def checked(query: Query) -> None:
    """Check a query that comes from the page; raises `BadInput` that names the first wrong value."""
    values = {"lang": query.lang, "sort": query.order, "described": query.described, "tagged": query.tagged}
    search_request(q=query.text, tag=list(query.tags), limit=query.limit, offset=query.offset, **values)


def first_line(errors: Sequence[Any]) -> str:
    """Say in one line what is wrong with the first wrong value; never the value itself."""
    if errors[0]["type"] == "json_invalid":
        return "the request is no JSON"
    place = ".".join(str(place) for place in errors[0]["loc"] if place not in ("body", "query")) or "the request"
    if errors[0]["type"] == "string_too_long":
        return f"{place}: more than {errors[0]['ctx']['max_length']:,} characters"
    message = str(errors[0]["msg"])
    return f"{place}: {message[:1].lower()}{message[1:]}"

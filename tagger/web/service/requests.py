"""Request models, with their limits."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from index.catalogue.decision import Kind
from index.catalogue.query import Order, Query
from index.catalogue.tag_edit import EditKind, TagChange
from index.errors import BadInput
from index.files.html_page import product_in
from index.files.product_reader import ProductLimits
from index.messages import Message
from index.product import Product, make_product
from index.validation import invalid_value
from tagger.search.filters import MOST_CHOSEN
from tagger.web.service.limits import (
    FARTHEST_OFFSET,
    LONGEST_QUERY,
    LONGEST_TEXT,
    MOST_NUMBER,
    MOST_PRODUCTS,
    MOST_RULES,
    MOST_TAGS,
    MOST_WITHOUT,
    PRODUCTS,
    SIMILAR,
    TAGS,
)

Text = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
Words = Annotated[str, StringConstraints(max_length=LONGEST_QUERY)]
Selectors = Annotated[tuple[Words, ...], Field(max_length=MOST_RULES)]
Id = Annotated[str, StringConstraints(max_length=ProductLimits().id_chars)]
Request = TypeVar("Request", bound=BaseModel)


class TextRequest(BaseModel):
    """One product, given either as `text` (title and description below it, or its page's HTML) or in two fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: Text = ""
    title: Text = ""
    description: Text = ""

    def product(self) -> Product:
        """Return the product. Raises `BadInput` if it is empty or given in both ways."""
        if self.text and (self.title or self.description):
            raise BadInput("request.text-or-title")
        product = product_in(self.text) if self.text else make_product(self.title, self.description)
        if not product.text:
            raise BadInput("value.empty-text")
        return product


class SuggestRequest(TextRequest):
    """One product to tag, given either as `text` (title and description below it, or its page's HTML) or in two fields.

    `threshold` overrides the store's. `without` names taggers to leave out. A higher `diversity` selects tags that are
    less similar to one another.
    """

    limit: int = Field(TAGS, ge=1, le=MOST_TAGS)
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    diversity: Annotated[float, Field(ge=0, le=1)] = 0.0
    without: list[Words] = Field(default_factory=list, max_length=MOST_WITHOUT)


class ExplainRequest(TextRequest):
    """One tag of one product, given either as `text` or as `title` and `description`."""

    tag: Words


class SimilarRequest(TextRequest):
    """A product whose similar products are wanted: one of the catalogue by its `id`, or any by its text."""

    id: Id = ""
    limit: int = Field(SIMILAR, ge=1, le=MOST_PRODUCTS)


class DecisionRequest(BaseModel):
    """A decision on a tag of a product, given by its id in the catalogue or by its text."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: Kind
    tag: Words
    product: Id = ""
    title: Text = ""
    description: Text = ""
    by: Words = ""


class UndoRequest(BaseModel):
    """Who undoes a decision, and whether to undo the whole batch that it belongs to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    by: Words = ""
    together: bool = False


class RulesRequest(BaseModel):
    """Rules for tags, as in the settings; those that are not named stay as they are."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    deny: Selectors = ()
    allow: Selectors = ()
    existing_only: bool = False
    never_automatic: Selectors = ()
    parents: bool = False
    implies: Annotated[dict[Words, Selectors], Field(max_length=MOST_RULES)] = Field(default_factory=dict)
    precision: Annotated[float, Field(ge=0, lt=1)] = 0.0


class TagChangeRequest(BaseModel):
    """A change of a tag. `value` is its new name, label or alias, or the tag to merge it into."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    kind: EditKind
    tag: Words
    value: Words = ""
    lang: Literal["", "zh", "en"] = ""
    by: Words = ""

    def change(self) -> TagChange:
        """Return the request as a `TagChange`."""
        return TagChange(self.kind, self.tag, self.value, self.lang, self.by)


class HistoryRequest(BaseModel):
    """Which decisions to list, latest first: those on one product, or all."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    product: Id = ""
    limit: int = Field(PRODUCTS, ge=1, le=MOST_PRODUCTS)
    offset: int = Field(0, ge=0, le=FARTHEST_OFFSET)


class SearchRequest(BaseModel):
    """Which products to list: those with every word of `q` and every `tag`, with or without description or tags."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Words = ""
    tag: list[Words] = Field(default_factory=list, max_length=MOST_CHOSEN)
    lang: Literal["", "zh", "en", "other"] = ""
    described: bool | None = None
    tagged: bool | None = None
    sort: Order = "relevance"
    limit: int = Field(PRODUCTS, ge=1, le=MOST_PRODUCTS)
    offset: int = Field(0, ge=0, le=FARTHEST_OFFSET)

    def query(self) -> Query:
        """Return the request as a `Query`."""
        return Query(
            text=self.q,
            tags=self.tag,
            lang=self.lang,
            order=self.sort,
            limit=self.limit,
            offset=self.offset,
            described=self.described,
            tagged=self.tagged,
        )


def suggest_request(**values: Any) -> SuggestRequest:
    """Validate values that do not come through REST. Raises `BadInput` naming the first wrong one."""
    return _valid(SuggestRequest, values)


def explain_request(**values: Any) -> ExplainRequest:
    """Validate values like `suggest_request`."""
    return _valid(ExplainRequest, values)


def similar_request(**values: Any) -> SimilarRequest:
    """Validate values like `suggest_request`."""
    return _valid(SimilarRequest, values)


def search_request(**values: Any) -> SearchRequest:
    """Validate values like `suggest_request`."""
    return _valid(SearchRequest, values)


def _valid(kind: type[Request], values: Mapping[str, Any]) -> Request:
    try:
        return kind(**values)
    except ValidationError as error:
        raise BadInput(invalid_request(error.errors())) from error


def check_query(query: Query) -> None:
    """Validate a query from the page. Raises `BadInput` naming the first wrong value."""
    values = {"lang": query.lang, "sort": query.order, "described": query.described, "tagged": query.tagged}
    search_request(q=query.text, tag=list(query.tags), limit=query.limit, offset=query.offset, **values)


def decision_number(text: str) -> int:
    """Parse the number of a decision. Raises `BadInput` if the text is not a valid number."""
    digits = text.isascii() and text.isdecimal() and len(text) <= len(str(MOST_NUMBER))
    if not digits or int(text) > MOST_NUMBER:
        raise BadInput("decision.no-such")
    return int(text)


def invalid_request(errors: Sequence[Any]) -> Message:
    """Describe the first validation error in one line, without the wrong value."""
    first = errors[0]
    if first["type"] == "json_invalid":
        return Message("request.not-json")
    place = ".".join(str(place) for place in first["loc"] if place not in ("body", "query"))
    return Message("request.field", field=Message(place or "request.whole"), reason=invalid_value(first))

"""What requests under /v1 may hold, with limits."""

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from index.catalogue.query import Order
from index.files.product_reader import ProductLimits
from tagger.search.filters import MOST_CHOSEN
from tagger.web.service.limits import (
    LONGEST_TEXT,
    MOST_PRODUCTS,
    MOST_TAGS,
    MOST_TOGETHER,
    MOST_WITHOUT,
    PRODUCTS,
    TAGS,
)
from tagger.web.service.requests import Id, SuggestRequest, Text, TextRequest, Words

_LIMITS = ProductLimits()
Title = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
TagName = Annotated[str, StringConstraints(min_length=1, max_length=_LIMITS.tag_chars)]
Cursor = Annotated[str, StringConstraints(max_length=400)]
NamedId = Annotated[str, StringConstraints(min_length=1, max_length=_LIMITS.id_chars)]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class SuggestBody(SuggestRequest):
    """A product to tag. `brief` leaves out the evidence, which is several times as fast."""

    id: Id = Field("", description="your own id of the product, which the answer repeats")
    brief: bool = False


class OneOfMany(TextRequest):
    """One product of several."""

    id: Id = ""


class SuggestManyBody(_Body):
    """Up to 256 products to tag together."""

    products: Annotated[tuple[OneOfMany, ...], Field(min_length=1, max_length=MOST_TOGETHER)]
    limit: int = Field(TAGS, ge=1, le=MOST_TAGS)
    threshold: Annotated[float, Field(ge=0, le=1)] | None = None
    without: tuple[Words, ...] = Field((), max_length=MOST_WITHOUT)
    brief: bool = True


class ProductBody(_Body):
    """The texts and tags of a product."""

    title: Title
    description: Text = ""
    lang: Literal["", "zh", "en", "other"] = Field("", description="empty: found out from the texts")
    tags: tuple[TagName, ...] = Field((), max_length=_LIMITS.tags)


class NewProduct(ProductBody):
    """A product to write; without an id it gets one made from its texts."""

    id: Id = ""


class ProductsBody(_Body):
    """Up to 256 products to write."""

    products: Annotated[tuple[NewProduct, ...], Field(min_length=1, max_length=MOST_TOGETHER)]


class ListQuery(_Body):
    """Which products to list. The cursor of a page gives the next one, with the same filters."""

    q: Words = Field("", description="words or parts of words; a product must have all of them")
    tag: list[Words] = Field(default_factory=list, max_length=MOST_CHOSEN, description="tags, by any of their names")
    lang: Literal["", "zh", "en", "other"] = ""
    described: bool | None = None
    tagged: bool | None = None
    sort: Order = "oldest"
    limit: int = Field(PRODUCTS, ge=1, le=MOST_PRODUCTS)
    cursor: Cursor = ""


class PageQuery(_Body):
    """Which page to give."""

    limit: int = Field(PRODUCTS, ge=1, le=MOST_PRODUCTS)
    cursor: Cursor = ""


class VocabularyQuery(PageQuery):
    """Which tags to list."""

    q: Words = Field("", description="part of a name in any language")
    facet: Words = ""


class DecisionQuery(PageQuery):
    """Which decisions to list."""

    product: Id = ""

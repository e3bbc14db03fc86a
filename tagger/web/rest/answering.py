"""Turn the values of the service into the answers of the API."""

import asyncio
import math
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from typing import Annotated, TypeVar

from fastapi import Header
from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from index.messages import english_texts
from index.product import Product
from tagger.results import TagResult
from tagger.schema import catalogue as schema
from tagger.schema.tags import Suggestions, Tag
from tagger.vocabulary import Entry
from tagger.web.scheduling.errors import TooLate
from tagger.web.service.tagging import Tagged

Result = TypeVar("Result")
Named = TypeVar("Named", bound=BaseModel)

_WAIT_S, _LONGEST_WAIT_S = 30.0, 300.0
# How long a client is ready to wait.
Wait = Annotated[
    float,
    Header(
        alias="X-Request-Timeout",
        gt=0,
        le=_LONGEST_WAIT_S,
        allow_inf_nan=False,
        description="seconds that you wait for the answer; work that would come later is dropped (status 504)",
    ),
]
WAIT: float = _WAIT_S


def named(body: Named, request: Request) -> Named:
    """Return who does something as the body says, else as the key that was sent is named."""
    caller = str(request.scope.get("state", {}).get("caller", ""))
    return body if getattr(body, "by", "") or not caller else body.model_copy(update={"by": caller})


def deadline_of(wait: float) -> float:
    """Return the moment on the monotonic clock at which a request expires."""
    return time.monotonic() + wait


async def result_of(future: "Future[Result]", deadline: float) -> Result:
    """Wait for a future result until a deadline. Raises `TooLate` after it; the work is dropped if it has not begun."""
    if future.done():
        return future.result()
    left = None if deadline == math.inf else max(deadline - time.monotonic(), 0)
    try:
        return await asyncio.wait_for(asyncio.wrap_future(future), left)
    except TimeoutError as error:
        raise TooLate("request.too-late") from error


def reply(answer: BaseModel, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """Return an answer as JSON, without empty optional fields."""
    return Response(as_json(answer), status, dict(headers or {}), media_type="application/json")


def as_json(answer: BaseModel) -> bytes:
    """Return an answer as the bytes that clients get."""
    return answer.model_dump_json(exclude_none=True).encode()


def suggestions_of(tagged: Tagged, *, id: str = "", brief: bool) -> Suggestions:
    """Return the tags of a product."""
    familiarity = tagged.answer.familiarity
    return Suggestions(
        id=id or tagged.product.id,
        tags=tuple(tag_of(each, brief=brief) for each in tagged.answer.tags),
        known=familiarity.known,
        reason=str(familiarity.reason or ""),
        reason_code=familiarity.reason.code if familiarity.reason else "",
        threshold=tagged.answer.threshold,
        without=english_texts(tagged.answer.without),
        models=tagged.models,
    )


def tag_of(result: TagResult, *, brief: bool) -> Tag:
    """Return one tag, in a brief answer without evidence."""
    if not brief:
        tag = Tag.model_validate(result, from_attributes=True)
        return tag if tag.path else tag.model_copy(update={"path": None})
    return Tag(
        tag=result.tag,
        probability=result.probability,
        accepted=result.accepted,
        new=result.new,
        proposed=result.proposed,
        facet=result.facet,
        labels=dict(result.labels),
        path={lang: tuple(names) for lang, names in result.path.items()} or None,
    )


def product_of(product: Product) -> schema.Product:
    """Return a product of the catalogue."""
    return schema.Product.model_validate(product, from_attributes=True)


def similar_of(found: Sequence[tuple[Product, float]]) -> schema.SimilarProducts:
    """Return similar products."""
    listed = [
        schema.SimilarProduct(**product_of(product).model_dump(), similarity=similarity)
        for product, similarity in found
    ]
    return schema.SimilarProducts(products=tuple(listed))


def entry_of(entry: Entry, products: int) -> schema.VocabularyEntry:
    """Return a tag of the vocabulary with the number of products that have it."""
    labels = dict(entry.labels)
    return schema.VocabularyEntry(
        tag=entry.tag, facet=entry.facet, labels=labels, parents=entry.parents, products=products
    )

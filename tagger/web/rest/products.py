"""Requests that read and write products of the catalogue."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Path, Query
from starlette.responses import Response

from index.catalogue import query as catalogue
from index.errors import BadInput
from index.messages import Message
from tagger.schema import catalogue as schema
from tagger.web.http.entity_tags import etag_of, matches
from tagger.web.http.problems import problem, problem_of
from tagger.web.rest.answering import as_json, product_of, reply, similar_of
from tagger.web.rest.bodies import ListQuery, NamedId, ProductBody, ProductsBody
from tagger.web.rest.cursors import make_cursor, read_cursor
from tagger.web.service.requests import SearchRequest, SimilarRequest
from tagger.web.service.service import Service

# These orders go on after a product, whatever was written meanwhile; the others count.
_BY_PLACE = ("newest", "oldest")
_FIRST = {"newest": 1 << 62, "oldest": -1}
ProductId = Annotated[NamedId, Path(description="id of a product in the catalogue")]
IfMatch = Annotated[str, Header(description="write only if the product still has this ETag")]
IfNoneMatch = Annotated[str, Header(description="`*`: write only if there is no such product yet")]


def routes(service: Service) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["products"])

    @router.get("/products", response_model=schema.ProductPage)
    def list_products(asked: Annotated[ListQuery, Query()]) -> Response:
        """List products by words, tags and properties, page by page."""
        return reply(_page(service, asked))

    @router.post("/products", response_model=schema.Written)
    def write_products(body: ProductsBody) -> Response:
        """Write up to 256 products; one with the id of a stored product replaces it."""
        done = service.catalogue.write([each.model_dump(exclude_defaults=True) for each in body.products])
        rejected = [
            schema.RejectedProduct(position=place, problem=problem_of(400, reason)) for place, reason in done.rejected
        ]
        return reply(schema.Written(accepted=done.accepted, rejected=tuple(rejected)))

    @router.get("/products/{id:path}", response_model=schema.Product)
    def read_product(id: ProductId) -> Response:
        """Read one product."""
        found = service.catalogue.find(id)
        return reply(product_of(found)) if found else _no_product()

    @router.put("/products/{id:path}", response_model=schema.Product, responses={201: {"model": schema.Product}})
    def write_product(
        id: ProductId, body: ProductBody, if_match: IfMatch = "", if_none_match: IfNoneMatch = ""
    ) -> Response:
        """Write one product, which replaces the stored one with this id."""
        before = service.catalogue.find(id)
        if refused := _precondition(before, if_match, if_none_match):
            return refused
        done = service.catalogue.write([{"id": id, **body.model_dump(exclude_defaults=True)}])
        for _, reason in done.rejected:
            raise BadInput(reason)
        written = service.catalogue.find(id)
        if written is None:
            return _no_product()
        answer = product_of(written)
        return reply(answer, 200 if before else 201, {"etag": etag_of(as_json(answer))})

    @router.delete("/products/{id:path}", status_code=204, response_class=Response)
    def delete_product(id: ProductId, if_match: IfMatch = "") -> Response:
        """Remove one product from the catalogue."""
        if refused := _precondition(service.catalogue.find(id), if_match, ""):
            return refused
        return Response(status_code=204) if service.catalogue.delete([id]) else _no_product()

    @router.get("/search", response_model=schema.ProductPage)
    def search(asked: Annotated[SearchRequest, Query()]) -> Response:
        """Find products by words and tags, the best match first."""
        page = service.catalogue.search(asked)
        return reply(schema.ProductPage(total=page.total, products=tuple(map(product_of, page.products))))

    @router.post("/similar", response_model=schema.SimilarProducts)
    def similar(body: SimilarRequest) -> Response:
        """List the products that are closest in meaning to another, also across languages."""
        return reply(similar_of(service.catalogue.similar(body)))

    return router


def _page(service: Service, asked: ListQuery) -> schema.ProductPage:
    filters = (asked.q, sorted(asked.tag), asked.lang, asked.described, asked.tagged, asked.sort)
    place = read_cursor(asked.cursor, *filters) if asked.cursor else None
    by_place = asked.sort in _BY_PLACE
    begin: dict[str, Any] = (
        {"past": _FIRST[asked.sort] if place is None else place} if by_place else {"offset": place or 0}
    )
    page = service.catalogue.list_products(
        catalogue.Query(
            asked.q,
            asked.tag,
            asked.lang,
            asked.sort,
            asked.limit,
            described=asked.described,
            tagged=asked.tagged,
            **begin,
        )
    )
    seen = page.last if by_place else (place or 0) + len(page.products)
    more = len(page.products) == asked.limit and seen is not None and (by_place or seen < page.total)
    following = make_cursor(seen, *filters) if more and seen is not None else None
    return schema.ProductPage(total=page.total, products=tuple(map(product_of, page.products)), next=following)


def _precondition(before: Any, if_match: str, if_none_match: str) -> Response | None:
    """Return a refusal if the stored product is not what the client thinks it is."""
    etag = etag_of(as_json(product_of(before))) if before else ""
    if if_match and not (etag and matches(if_match, etag)):
        return problem(412, Message("product.changed"))
    if if_none_match and etag and matches(if_none_match, etag):
        return problem(412, Message("product.exists"))
    return None


def _no_product() -> Response:
    return problem(404, Message("product.missing"))

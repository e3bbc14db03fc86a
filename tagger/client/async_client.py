"""The client for asyncio."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from types import TracebackType
from typing import Any

import httpx

from index.libraries.http_retries import Deadline, Retries, Tries
from tagger.client import calls
from tagger.client.calls import Call, DecisionKind, Model, Unreachable
from tagger.schema import catalogue as schema
from tagger.schema.tags import Explanation, SuggestedTogether, Suggestions


class AsyncClient:
    """A server, with a store of it. For one event loop; any number of calls may wait at once.

    `wait_s` is how long each call waits at most, tries included. Each method raises `Refused` if the server refuses
    the request, `Unreachable` if there is no answer in time.
    """

    def __init__(
        self,
        url: str = "http://localhost:7860",
        *,
        key: str = "",
        store: str = "",
        wait_s: float = 30.0,
        retries: Retries | None = None,
        transport: httpx.AsyncBaseTransport | None = None,
    ) -> None:
        self._key = key
        self._wait_s = wait_s
        self._retries = retries or Retries()
        params = {"store": store} if store else {}
        self._http = httpx.AsyncClient(base_url=f"{url.rstrip('/')}/v1", params=params, transport=transport)

    async def __aenter__(self) -> "AsyncClient":
        """Return the client."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Close the connections."""
        await self.close()

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def suggest(self, text: str, *, limit: int = 10, brief: bool = False, **options: Any) -> Suggestions:
        """Return the tags of one product; `brief` leaves out the evidence."""
        return await self._send(calls.suggest(text, {"limit": limit, "brief": brief, **options}))

    async def suggest_many(
        self, products: Iterable[Mapping[str, str]], *, limit: int = 10, brief: bool = True, **options: Any
    ) -> SuggestedTogether:
        """Return the tags of up to 256 products, each with `title` and perhaps `description` and `id`."""
        return await self._send(calls.suggest_many(products, {"limit": limit, "brief": brief, **options}))

    async def explain(self, text: str, tag: str) -> Explanation:
        """Return one tag of a product with its evidence."""
        return await self._send(calls.explain(text, tag))

    async def search(
        self, query: str = "", *, tags: Sequence[str] = (), limit: int = 20, offset: int = 0
    ) -> schema.ProductPage:
        """Return products by words and tags, the best match first."""
        return await self._send(calls.search(query, tags, limit, offset))

    async def similar(self, text: str = "", *, id: str = "", limit: int = 8) -> schema.SimilarProducts:
        """Return the products closest in meaning to a text, or to a product by its id."""
        return await self._send(calls.similar({"text": text, "id": id, "limit": limit}))

    async def products(self, **filters: Any) -> AsyncIterator[schema.Product]:
        """Yield all products that pass the filters of `GET /v1/products`, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = await self._send(calls.products({"limit": 100, **filters, "cursor": cursor}))
            for each in page.products:
                yield each
            cursor = page.next

    async def product(self, id: str) -> schema.Product:
        """Return one product."""
        return await self._send(calls.product(id))

    async def put_product(self, id: str, **values: Any) -> schema.Product:
        """Write one product, given its `title` and perhaps `description`, `lang` and `tags`."""
        return await self._send(calls.put_product(id, values))

    async def write_products(self, records: Iterable[Mapping[str, Any]]) -> schema.Written:
        """Write up to 256 products."""
        return await self._send(calls.write_products(records))

    async def delete_product(self, id: str) -> None:
        """Remove one product."""
        await self._send(calls.delete_product(id))

    async def decide(self, kind: DecisionKind, tag: str, **product: str) -> schema.Decision:
        """Record a decision on a `product` by its id, or on a `title` and `description`; `by` says whose it is."""
        return await self._send(calls.decide(kind, tag, product))

    async def undo(self, number: int, *, by: str = "") -> schema.Undone:
        """Undo a decision."""
        return await self._send(calls.undo(number, by))

    async def vocabulary(self, query: str = "", *, limit: int = 20, cursor: str = "") -> schema.VocabularyPage:
        """Return tags by part of a name, the most frequent first."""
        return await self._send(calls.vocabulary(query, limit, cursor))

    async def info(self) -> schema.StoreInfo:
        """Return what the store holds."""
        return await self._send(calls.info())

    async def _send(self, call: Call[Model]) -> Model:
        tries = Tries(self._retries, Deadline.after(self._wait_s))
        headers = call.all_headers(self._key, self._wait_s)
        answer, error = await self._try(call, headers, tries.deadline)
        while (pause := tries.pause(answer)) is not None:
            await asyncio.sleep(pause)
            answer, error = await self._try(call, headers, tries.deadline)
        if answer is not None:
            return call.read(answer.status_code, answer.content)
        raise Unreachable("client.unreachable", url=str(self._http.base_url), reason=str(error)) from error

    async def _try(
        self, call: Call[Model], headers: Mapping[str, str], deadline: Deadline
    ) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            return (
                await self._http.request(
                    call.method,
                    call.path,
                    json=call.body,
                    params=dict(call.params),
                    headers=dict(headers),
                    timeout=max(deadline.left, 0.001),
                ),
                None,
            )
        except httpx.TransportError as error:
            return None, error

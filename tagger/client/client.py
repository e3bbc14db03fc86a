"""The client that waits for each answer."""

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import TracebackType
from typing import Any

import httpx

from index.libraries.http_retries import Deadline, Retries, Tries
from tagger.client import calls
from tagger.client.calls import Call, DecisionKind, Model, Unreachable
from tagger.schema import catalogue as schema
from tagger.schema.tags import Explanation, SuggestedTogether, Suggestions


class Client:
    """A server, with a store of it. Not for several threads at once.

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
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._key = key
        self._wait_s = wait_s
        self._retries = retries or Retries()
        params = {"store": store} if store else {}
        self._http = httpx.Client(base_url=f"{url.rstrip('/')}/v1", params=params, transport=transport)

    def __enter__(self) -> "Client":
        """Return the client."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Close the connections."""
        self.close()

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def suggest(self, text: str, *, limit: int = 10, brief: bool = False, **options: Any) -> Suggestions:
        """Return the tags of one product; `brief` leaves out the evidence."""
        return self._send(calls.suggest(text, {"limit": limit, "brief": brief, **options}))

    def suggest_many(
        self, products: Iterable[Mapping[str, str]], *, limit: int = 10, brief: bool = True, **options: Any
    ) -> SuggestedTogether:
        """Return the tags of up to 256 products, each with `title` and perhaps `description` and `id`."""
        return self._send(calls.suggest_many(products, {"limit": limit, "brief": brief, **options}))

    def explain(self, text: str, tag: str) -> Explanation:
        """Return one tag of a product with its evidence."""
        return self._send(calls.explain(text, tag))

    def search(
        self, query: str = "", *, tags: Sequence[str] = (), limit: int = 20, offset: int = 0
    ) -> schema.ProductPage:
        """Return products by words and tags, the best match first."""
        return self._send(calls.search(query, tags, limit, offset))

    def similar(self, text: str = "", *, id: str = "", limit: int = 8) -> schema.SimilarProducts:
        """Return the products closest in meaning to a text, or to a product by its id."""
        return self._send(calls.similar({"text": text, "id": id, "limit": limit}))

    def products(self, **filters: Any) -> Iterator[schema.Product]:
        """Yield all products that pass the filters of `GET /v1/products`, page by page."""
        cursor: str | None = ""
        while cursor is not None:
            page = self._send(calls.products({"limit": 100, **filters, "cursor": cursor}))
            yield from page.products
            cursor = page.next

    def product(self, id: str) -> schema.Product:
        """Return one product."""
        return self._send(calls.product(id))

    def put_product(self, id: str, **values: Any) -> schema.Product:
        """Write one product, given its `title` and perhaps `description`, `lang` and `tags`."""
        return self._send(calls.put_product(id, values))

    def write_products(self, records: Iterable[Mapping[str, Any]]) -> schema.Written:
        """Write up to 256 products."""
        return self._send(calls.write_products(records))

    def delete_product(self, id: str) -> None:
        """Remove one product."""
        self._send(calls.delete_product(id))

    def decide(self, kind: DecisionKind, tag: str, **product: str) -> schema.Decision:
        """Record a decision on a `product` by its id, or on a `title` and `description`; `by` says whose it is."""
        return self._send(calls.decide(kind, tag, product))

    def undo(self, number: int, *, by: str = "") -> schema.Undone:
        """Undo a decision."""
        return self._send(calls.undo(number, by))

    def vocabulary(self, query: str = "", *, limit: int = 20, cursor: str = "") -> schema.VocabularyPage:
        """Return tags by part of a name, the most frequent first."""
        return self._send(calls.vocabulary(query, limit, cursor))

    def info(self) -> schema.StoreInfo:
        """Return what the store holds."""
        return self._send(calls.info())

    def _send(self, call: Call[Model]) -> Model:
        tries = Tries(self._retries, Deadline.after(self._wait_s))
        headers = call.all_headers(self._key, self._wait_s)
        answer, error = self._try(call, headers, tries.deadline)
        while (pause := tries.pause(answer)) is not None:
            time.sleep(pause)
            answer, error = self._try(call, headers, tries.deadline)
        if answer is not None:
            return call.read(answer.status_code, answer.content)
        raise Unreachable("client.unreachable", url=str(self._http.base_url), reason=str(error)) from error

    def _try(
        self, call: Call[Model], headers: Mapping[str, str], deadline: Deadline
    ) -> tuple[httpx.Response | None, httpx.TransportError | None]:
        try:
            return (
                self._http.request(
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

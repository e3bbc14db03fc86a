"""What each method of the clients sends, and how its answer is read; nothing here touches the network."""

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from index.errors import TagweaveError
from index.messages import Message
from tagger.schema import catalogue as schema
from tagger.schema.tags import Explanation, Problem, SuggestedTogether, Suggestions

Model = TypeVar("Model", bound=BaseModel)
DecisionKind = Literal["accept", "reject", "add", "remove"]
_WRITES = ("POST", "PUT", "PATCH", "DELETE")
_MISTAKE = 400


class Refused(TagweaveError):
    """The server refused a request; `status` is that of HTTP, `code` is stable."""

    status = 0


class Unreachable(TagweaveError):
    """The server cannot be reached, or did not answer in time."""


@dataclass(frozen=True)
class Call(Generic[Model]):
    """One request, and the form of its answer."""

    method: str
    path: str
    answer: type[Model]
    body: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    writes: bool = False

    def all_headers(self, key: str, wait_s: float) -> dict[str, str]:
        """Return the headers of the first try; the same ones must go with the others."""
        headers = {"X-Request-Timeout": f"{max(wait_s, 0.001):.3f}", **self.headers}
        if key:
            headers["Authorization"] = f"Bearer {key}"
        if self.writes:
            headers["Idempotency-Key"] = uuid.uuid4().hex
        return headers

    def read(self, status: int, content: bytes) -> Model:
        """Read the answer. Raises `Refused` if it is a problem, or not what the server promises."""
        if status >= _MISTAKE:
            raise _refused(status, content)
        try:
            return self.answer.model_validate_json(content or b"{}")
        except ValidationError as error:
            raise Refused("client.other-answer", path=self.path, reason=error.error_count()) from error


class Nothing(BaseModel):
    """The answer without a body."""


def suggest(text: str, options: Mapping[str, Any]) -> Call[Suggestions]:
    """Ask for the tags of one product."""
    return Call("POST", "/suggest", Suggestions, {"text": text, **options})


def suggest_many(products: Iterable[Mapping[str, str]], options: Mapping[str, Any]) -> Call[SuggestedTogether]:
    """Ask for the tags of several products."""
    return Call("POST", "/suggest/batch", SuggestedTogether, {"products": list(products), **options})


def explain(text: str, tag: str) -> Call[Explanation]:
    """Ask why a tag is suggested."""
    return Call("POST", "/explain", Explanation, {"text": text, "tag": tag})


def search(query: str, tags: Sequence[str], limit: int, offset: int) -> Call[schema.ProductPage]:
    """Ask for products by words and tags."""
    params = {"q": query, "tag": list(tags), "limit": limit, "offset": offset}
    return Call("GET", "/search", schema.ProductPage, params=params)


def similar(given: Mapping[str, Any]) -> Call[schema.SimilarProducts]:
    """Ask for similar products."""
    return Call("POST", "/similar", schema.SimilarProducts, given)


def products(filters: Mapping[str, Any]) -> Call[schema.ProductPage]:
    """Ask for a page of products."""
    return Call("GET", "/products", schema.ProductPage, params=_given(filters))


def product(id: str) -> Call[schema.Product]:
    """Ask for one product."""
    return Call("GET", f"/products/{quote(id, safe='')}", schema.Product)


def put_product(id: str, values: Mapping[str, Any]) -> Call[schema.Product]:
    """Write one product."""
    return Call("PUT", f"/products/{quote(id, safe='')}", schema.Product, values, writes=True)


def write_products(records: Iterable[Mapping[str, Any]]) -> Call[schema.Written]:
    """Write several products."""
    return Call("POST", "/products", schema.Written, {"products": list(records)}, writes=True)


def delete_product(id: str) -> Call[Nothing]:
    """Remove one product."""
    return Call("DELETE", f"/products/{quote(id, safe='')}", Nothing, writes=True)


def decide(kind: DecisionKind, tag: str, given: Mapping[str, str]) -> Call[schema.Decision]:
    """Record a decision."""
    return Call("POST", "/decisions", schema.Decision, {"kind": kind, "tag": tag, **given}, writes=True)


def undo(number: int, by: str) -> Call[schema.Undone]:
    """Undo a decision."""
    return Call("POST", f"/decisions/{number}/undo", schema.Undone, {"by": by}, writes=True)


def vocabulary(query: str, limit: int, cursor: str) -> Call[schema.VocabularyPage]:
    """Ask for tags."""
    params = _given({"q": query, "limit": limit, "cursor": cursor})
    return Call("GET", "/vocabulary", schema.VocabularyPage, params=params)


def info() -> Call[schema.StoreInfo]:
    """Ask what the store holds."""
    return Call("GET", "/info", schema.StoreInfo)


def _given(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value not in (None, "", [])}


def _refused(status: int, content: bytes) -> Refused:
    try:
        problem = Problem.model_validate_json(content)
    except ValidationError:
        error = Refused("client.other-answer", path="", reason=status)
    else:
        known = Message(problem.code, **problem.params)
        error = Refused(known if known.known else Message(problem.detail))
    error.status = status
    return error

"""The tools, each with a short text for the model and a structured answer with a schema."""

import asyncio
from collections.abc import Callable
from typing import Annotated, TypeVar

from mcp.server.fastmcp import Context, FastMCP
from mcp.server.fastmcp.exceptions import ToolError
from mcp.types import CallToolResult, TextContent, ToolAnnotations
from pydantic import BaseModel, Field, ValidationError

from index.catalogue.decision import Kind
from index.errors import TagweaveError
from index.messages import Message
from tagger.access.keys import SCOPES
from tagger.feedback.decisions import record_of
from tagger.schema import catalogue as schema
from tagger.schema.tags import Explanation, SuggestedOrNot, SuggestedTogether, Suggestions, Tag
from tagger.web.mcp_server.vocabulary import vocabulary_page
from tagger.web.rest.answering import product_of, similar_of, suggestions_of
from tagger.web.service.limits import MOST_PRODUCTS, MOST_TAGS, PRODUCTS, SIMILAR, TAGS
from tagger.web.service.questions import Question, question_of
from tagger.web.service.requests import (
    DecisionRequest,
    ExplainRequest,
    SearchRequest,
    SimilarRequest,
    SuggestRequest,
    invalid_request,
)
from tagger.web.service.service import Service
from tagger.web.service.tagging import explained

Answer = TypeVar("Answer", bound=BaseModel)
Text = Annotated[str, Field(description="the product's title, with its description on the lines below")]
Limit = Annotated[int, Field(description="the largest number of results, 1 to 100")]

_READS = ToolAnnotations(readOnlyHint=True, openWorldHint=False)
_WRITES = ToolAnnotations(readOnlyHint=False, destructiveHint=False, idempotentHint=False, openWorldHint=False)
_MOST_MANY = 32


def add_tools(server: FastMCP, service: Service) -> None:
    """Add the tools to a server."""

    @server.tool(annotations=_READS)
    async def suggest(text: Text, limit: Limit = TAGS) -> Annotated[CallToolResult, Suggestions]:
        """Suggest tags for one product in Chinese or English, best first, with probabilities and evidence.

        If `known` is false, the store has nothing like the product: do not rely on its tags.
        """
        return await _answered(lambda: _suggest(service, text, limit), _tell_tags)

    @server.tool(annotations=_READS)
    async def suggest_many(
        texts: Annotated[list[str], Field(description="up to 32 products")], limit: Limit = TAGS
    ) -> Annotated[CallToolResult, SuggestedTogether]:
        """Suggest tags for several products, without evidence."""
        return await _answered(lambda: _suggest_many(service, texts, limit), _tell_many)

    @server.tool(annotations=_READS)
    async def explain(
        text: Text, tag: Annotated[str, Field(description="the tag, by any of its names")]
    ) -> Annotated[CallToolResult, Explanation]:
        """Explain one tag of a product: its probability, and the evidence for it."""
        return await _answered(lambda: _explain(service, text, tag), _tell_tag)

    @server.tool(annotations=_READS)
    async def search(
        query: Annotated[str, Field(description="words or parts of words; empty for all products")] = "",
        tags: Annotated[list[str] | None, Field(description="tags that the products must have")] = None,
        limit: Limit = PRODUCTS,
        offset: Annotated[int, Field(description="how many to skip, for the next page")] = 0,
    ) -> Annotated[CallToolResult, schema.ProductPage]:
        """Find products of the catalogue by words and tags, the best match first."""

        def found() -> schema.ProductPage:
            request = SearchRequest(q=query, tag=tags or [], limit=limit, offset=offset)
            page = service.catalogue.search(request)
            return schema.ProductPage(total=page.total, products=tuple(map(product_of, page.products)))

        return await _answered(found, _tell_products)

    @server.tool(annotations=_READS)
    async def similar(
        text: Text = "",
        id: Annotated[str, Field(description="id of a product of the catalogue, instead of a text")] = "",
        limit: Limit = SIMILAR,
    ) -> Annotated[CallToolResult, schema.SimilarProducts]:
        """List the products that are closest in meaning to another, also across languages."""

        def found() -> schema.SimilarProducts:
            request = SimilarRequest(text=text, id=id, limit=limit)
            return similar_of(service.catalogue.similar(request))

        return await _answered(found, _tell_similar)

    @server.tool(annotations=_WRITES)
    async def decide(
        kind: Annotated[Kind, Field(description="accept or reject a suggested tag, add or remove a tag")],
        tag: str,
        context: Context,  # type: ignore[type-arg]
        product: Annotated[str, Field(description="id of a product of the catalogue; or give a title")] = "",
        title: str = "",
        description: str = "",
        by: Annotated[str, Field(description="who decides")] = "",
    ) -> Annotated[CallToolResult, schema.Decision]:
        """Record a person's decision on a tag of a product. It shows in the next suggestion and can be undone."""
        _need_write(context)

        def decided() -> schema.Decision:
            request = DecisionRequest(kind=kind, tag=tag, product=product, title=title, description=description, by=by)
            return schema.Decision.model_validate(record_of(service.decisions.decide(request)))

        return await _answered(decided, lambda made: f"decision {made.number}: {made.kind} {made.tag}")

    @server.tool(annotations=_READS)
    async def vocabulary(
        query: Annotated[str, Field(description="part of a name in any language; empty for all tags")] = "",
        limit: Limit = PRODUCTS,
    ) -> Annotated[CallToolResult, schema.VocabularyPage]:
        """List tags with their names and the number of products, the most frequent first."""
        return await _answered(
            lambda: vocabulary_page(service, query, min(max(limit, 1), MOST_PRODUCTS)), _tell_vocabulary
        )


async def _answered(find: Callable[[], Answer], tell: Callable[[Answer], str]) -> CallToolResult:
    """Find an answer in a thread. Raises `ToolError` with one line and its code for a user's mistake."""
    try:
        answer = await asyncio.to_thread(find)
    except ValidationError as error:
        raise _tool_error(invalid_request(error.errors())) from error
    except TagweaveError as error:
        raise _tool_error(error.message) from error
    structured = answer.model_dump(mode="json", exclude_none=True)
    return CallToolResult(content=[TextContent(type="text", text=tell(answer))], structuredContent=structured)


def _tool_error(message: Message) -> ToolError:
    return ToolError(f"{message} [{message.code}]" if message.known else str(message))


def _need_write(context: "Context") -> None:  # type: ignore[type-arg]
    """Refuse a caller over HTTP whose key only reads; over stdio the caller owns the store."""
    request = context.request_context.request
    held = getattr(request, "scope", {}).get("state", {}).get("scope", "admin")
    if SCOPES.index(held) < SCOPES.index("write"):
        raise _tool_error(Message("access.tool", needed="write"))


def _suggest(service: Service, text: str, limit: int) -> Suggestions:
    [tagged] = service.tagging.submit(question_of(SuggestRequest(text=text, limit=limit))).result()
    return suggestions_of(tagged, brief=False)


def _suggest_many(service: Service, texts: list[str], limit: int) -> SuggestedTogether:
    requests = [SuggestRequest(text=text, limit=limit) for text in texts[:_MOST_MANY]]
    products = tuple(each.product() for each in requests)
    tagged = service.tagging.submit(Question(products, limit, brief=True)).result() if products else []
    return SuggestedTogether(
        results=tuple(SuggestedOrNot(suggestions=suggestions_of(each, brief=True)) for each in tagged)
    )


def _explain(service: Service, text: str, tag: str) -> Explanation:
    request = ExplainRequest(text=text, tag=tag)
    [tagged] = service.tagging.submit(Question((request.product(),), MOST_TAGS)).result()
    return Explanation.model_validate(explained(tagged, request.tag))


def _tell_tags(found: Suggestions) -> str:
    listed = ", ".join(f"{_tell_tag(each)}{'' if each.accepted else ' (not accepted)'}" for each in found.tags)
    return f"{'' if found.known else found.reason + '; '}{listed or 'no tags'}"


def _tell_tag(tag: Tag) -> str:
    return f"{tag.tag} {tag.probability:.0%}"


def _tell_many(found: SuggestedTogether) -> str:
    return "\n".join(_tell_tags(each.suggestions) for each in found.results if each.suggestions)


def _tell_products(found: schema.ProductPage) -> str:
    return "\n".join([f"{found.total} products", *(f"{each.id}: {each.title}" for each in found.products)])


def _tell_similar(found: schema.SimilarProducts) -> str:
    return "\n".join(f"{each.id}: {each.title} ({each.similarity:.2f})" for each in found.products) or "none"


def _tell_vocabulary(found: schema.VocabularyPage) -> str:
    return "\n".join([f"{found.total} tags", *(f"{each.tag} ({each.products})" for each in found.tags)])

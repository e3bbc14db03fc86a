"""The page's named endpoints, for `gradio_client`, the page's list of them, and MCP tools.

Their docstrings are shown to API users.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import gradio as gr
from gradio.blocks import Block
from gradio.components.api_component import Api
from gradio.events import api
from gradio.utils import get_function_description

from index.errors import TagweaveError
from tagger.web.service.catalogue import page_record, similar_record
from tagger.web.service.limits import BROWSING, PRODUCTS, SIMILAR, TAGGING, TAGS, ConcurrencyLimit
from tagger.web.service.requests import explain_request, search_request, similar_request, suggest_request
from tagger.web.service.service import Service


def add_endpoints(service: Service, blocks: gr.Blocks) -> None:
    """Add the endpoints to the page. Call this within the page's blocks."""
    for endpoint, limits in endpoints(service):
        _offer(blocks, endpoint, limits)


def endpoints(service: Service) -> Sequence[tuple[Callable[..., dict[str, Any]], ConcurrencyLimit]]:
    """Return the functions that are offered, each with its limit; the documentation is generated from them."""

    def suggest(text: str, description: str = "", limit: int = TAGS) -> dict[str, Any]:
        """Suggest tags for a product in Chinese or English, best first, each with its probability and evidence.

        If `known` is false, the store has nothing like the product and `reason` says why: do not rely on its tags.
        A tag is `accepted` if its probability reaches the store's threshold, and `new` if neither the products nor the
        vocabulary have it.
        The evidence lists similar products with their share of the votes, the words in the text that support the tag,
        and the contribution of each tagger.

        Args:
            text: The product's title, optionally with its description on the lines below, or its page's HTML source.
            description: The product's description, if the text is only the title.
            limit: The largest number of tags to return, 1 to 100.

        Returns:
            tags, whether the product is known, the seconds that each stage took, and taggers that could not answer
        """
        with _translate_errors():
            return service.tagging.suggest(suggest_request(**_texts(text, description), limit=limit)).as_dict()

    def search(
        query: str = "", tags: list[str] | None = None, lang: str = "", limit: int = PRODUCTS, offset: int = 0
    ) -> dict[str, Any]:
        """List products that match every word of the query and have every tag, with their total number.

        Args:
            query: Words or parts of words, in Chinese or English, separated by white space; empty for all products.
            tags: Tags that the products must have, each given by its name or its label in either language.
            lang: The products' language: zh, en or other; empty for all.
            limit: The largest number of products to return, 1 to 100.
            offset: How many products to skip, for the next page.

        Returns:
            total, and products with id, title, description, lang and tags
        """
        given = {"q": query, "tag": tags or [], "lang": lang, "limit": limit, "offset": offset}
        with _translate_errors():
            return page_record(service.catalogue.search(search_request(**given)))

    def similar(text: str = "", description: str = "", id: str = "", limit: int = SIMILAR) -> dict[str, Any]:
        """List the products of the catalogue that are closest in meaning to another product, also across languages.

        Args:
            text: The other product's title, optionally with its description on the lines below.
            description: Its description, if the text is only the title.
            id: The id of a product of the catalogue, instead of texts; that product is not listed.
            limit: The largest number of products to return, 1 to 100.

        Returns:
            products, each with its similarity (the cosine of the texts' vectors, at most 1), the most similar first
        """
        given = {**_texts(text, description), "id": id, "limit": limit}
        with _translate_errors():
            return similar_record(service.catalogue.similar(similar_request(**given)))

    def explain(text: str, tag: str, description: str = "") -> dict[str, Any]:
        """Explain one tag of a product: its probability, whether it is accepted, and the evidence for it.

        The contributions of the taggers and other sources add up to the log-odds of the score before calibration.

        Args:
            text: The product's title, optionally with its description on the lines below.
            tag: The tag, given by its name or its label in either language.
            description: The product's description, if the text is only the title.

        Returns:
            the tag in the same form as in `suggest`, and the acceptance threshold
        """
        with _translate_errors():
            return service.tagging.explain(explain_request(**_texts(text, description), tag=tag))

    return (suggest, TAGGING), (search, BROWSING), (similar, BROWSING), (explain, TAGGING)


def _offer(blocks: gr.Blocks, endpoint: Callable[..., Any], limits: ConcurrencyLimit) -> None:
    """Add a function as an endpoint with described parameters.

    Gradio would label the parameters "1st", "2nd" and show their descriptions only to MCP tools.
    """
    offered = api(endpoint, api_name=endpoint.__name__, concurrency_limit=limits.at_once, concurrency_id=limits.name)
    _, parameters, returned = get_function_description(endpoint)
    for id, (name, described) in zip(offered["inputs"], parameters.items(), strict=True):
        _describe(blocks.blocks[id], name, additional_description=described)
    [answer] = offered["outputs"]
    _describe(blocks.blocks[answer], "answer", description=" ".join(returned))


def _describe(block: Block, label: str, **described: str) -> None:
    assert isinstance(block, Api)
    block.label = label
    block._api_info = {**block._api_info, **described}


def _texts(text: str, description: str) -> dict[str, str]:
    return {"title": text, "description": description} if description else {"text": text}


@contextlib.contextmanager
def _translate_errors() -> Iterator[None]:
    try:
        yield
    except TagweaveError as error:
        raise gr.Error(str(error), print_exception=False) from error

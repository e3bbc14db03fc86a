"""The page's named endpoints: for `gradio_client`, the page's list of them, and as tools over MCP.

What stands here as documentation is what their users are shown.
"""

import contextlib
from collections.abc import Callable, Iterator
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
    """Offer what the service answers; to be called within the page's blocks."""

    def suggest(text: str, description: str = "", limit: int = TAGS) -> dict[str, Any]:
        """Suggest tags for a product, in Chinese or English, best first, each with its probability and the evidence.

        A tag is `accepted` where its probability reaches the store's threshold, and `new` where neither the products
        nor the vocabulary have it.
        The evidence names similar products with their share of the votes, the words of the text that speak for the
        tag, and what each tagger contributes.

        Args:
            text: The product's title, with its description in the lines below or not, or its page's HTML source.
            description: The product's description, where the text is the title alone.
            limit: How many tags at most, 1 to 100.

        Returns:
            tags, the seconds of each stage, and taggers that could not be asked
        """
        with _translate_errors():
            return service.tagging.suggest(suggest_request(**_texts(text, description), limit=limit)).as_dict()

    def search(
        query: str = "", tags: list[str] | None = None, lang: str = "", limit: int = PRODUCTS, offset: int = 0
    ) -> dict[str, Any]:
        """List products of the catalogue that have every word of the query and every tag, with how many there are.

        Args:
            query: Words or parts of words, in Chinese or English, split at white space; empty for all products.
            tags: Tags that the products have, each by its name or its label in either language.
            lang: The products' language: zh, en or other; empty for all.
            limit: How many products at most, 1 to 100.
            offset: How many products to pass over, for the next page.

        Returns:
            total, and products with id, title, description, lang and tags
        """
        given = {"q": query, "tag": tags or [], "lang": lang, "limit": limit, "offset": offset}
        with _translate_errors():
            return page_record(service.catalogue.search(search_request(**given)))

    def similar(text: str = "", description: str = "", id: str = "", limit: int = SIMILAR) -> dict[str, Any]:
        """List the products of the catalogue that are most like another in meaning, also across languages.

        Args:
            text: The other product's title, with its description in the lines below or not.
            description: Its description, where the text is the title alone.
            id: Instead of texts, the id of a product of the catalogue; it is not listed itself.
            limit: How many products at most, 1 to 100.

        Returns:
            products, each with its similarity (the cosine of the texts' vectors, at most 1), the most similar first
        """
        given = {**_texts(text, description), "id": id, "limit": limit}
        with _translate_errors():
            return similar_record(service.catalogue.similar(similar_request(**given)))

    def explain(text: str, tag: str, description: str = "") -> dict[str, Any]:
        """Explain one tag of a product: how probable it is, whether it is accepted, and the evidence for it.

        The contributions of the taggers and other sources add up to the log-odds of the score before calibration.

        Args:
            text: The product's title, with its description in the lines below or not.
            tag: The tag, by its name or its label in either language.
            description: The product's description, where the text is the title alone.

        Returns:
            the tag as `suggest` has it, and the threshold that it is accepted by
        """
        with _translate_errors():
            return service.tagging.explain(explain_request(**_texts(text, description), tag=tag))

    for endpoint, limits in ((suggest, TAGGING), (search, BROWSING), (similar, BROWSING), (explain, TAGGING)):
        _offer(blocks, endpoint, limits)


def _offer(blocks: gr.Blocks, endpoint: Callable[..., Any], limits: ConcurrencyLimit) -> None:
    """Offer a function under its name; Gradio would call its parameters "1st", "2nd" and tell tools alone of them."""
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

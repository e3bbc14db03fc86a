"""The vocabulary as resources."""

import asyncio

from mcp.server.fastmcp import FastMCP

from tagger.schema import catalogue as schema
from tagger.web.rest.answering import entry_of
from tagger.web.service.service import Service


def vocabulary_page(service: Service, query: str, limit: int | None = None) -> schema.VocabularyPage:
    """Return the tags with a name that contains the query, the most frequent first."""
    found = service.catalogue.find_tags(query)
    return schema.VocabularyPage(total=len(found), tags=tuple(entry_of(*each) for each in found[:limit]))


def add_resources(server: FastMCP, service: Service) -> None:
    """Add the vocabulary as a resource, and each tag as one."""

    @server.resource("tagweave://vocabulary", mime_type="application/json")
    async def vocabulary() -> str:
        """All tags with their names in Chinese and English, and the number of products that have them."""
        page = await asyncio.to_thread(vocabulary_page, service, "")
        return page.model_dump_json(exclude_none=True)

    @server.resource("tagweave://vocabulary/{tag}", mime_type="application/json")
    async def tag(tag: str) -> str:
        """One tag, by any of its names."""
        return await asyncio.to_thread(_tag, service, tag)


def _tag(service: Service, tag: str) -> str:
    known = service.catalogue.vocabulary()
    name = known.canonical(tag)
    return entry_of(known.entry(name), service.catalogue.tag_counts().get(name, 0)).model_dump_json(exclude_none=True)

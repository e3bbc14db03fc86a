"""A typed client of a Tagweave server: `Client`, and `AsyncClient` for asyncio.

    from tagger.client import Client

    with Client("http://localhost:7860", key="tw_...") as server:
        found = server.suggest("Steel kettle 1.7 L", brief=True)

A request that the server is too busy for is sent again, after the time that the server asks for or a random one that
grows, until the deadline. Writes have an idempotency key, so that one that is sent again is done once.
"""

from index.libraries.http_retries import Retries
from tagger.client.async_client import AsyncClient
from tagger.client.calls import Refused, Unreachable
from tagger.client.client import Client

__all__ = ["AsyncClient", "Client", "Refused", "Retries", "Unreachable"]

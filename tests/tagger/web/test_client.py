"""The typed client against a real server."""

import asyncio

import pytest

from tagger.client import AsyncClient, Client, Refused

WASHER = "全自动洗衣机 静音"


@pytest.fixture(autouse=True)
def _no_proxy(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")


def test_every_read_of_the_client_is_answered_by_the_server(server, store):
    with Client(server.url, wait_s=60) as client:
        found = client.suggest(WASHER, limit=5)
        assert found.known
        assert found.tags[0].evidence is not None
        assert client.suggest(WASHER, limit=5, brief=True).tags[0].evidence is None
        many = client.suggest_many([{"title": WASHER}, {"title": " "}])
        assert [each.problem is None for each in many.results] == [True, False]
        assert client.explain(WASHER, "洗衣机").tag == "washing machine"
        assert client.search("washing", limit=2).total > 2
        assert len(client.similar(WASHER, limit=3).products) == 3
        assert len(list(client.products(lang="zh"))) > 3
        assert client.vocabulary("洗衣机").tags[0].products > 3
        assert client.info().products == store.catalogue.count()
        with pytest.raises(Refused, match="no longer in the catalogue") as refused:
            client.product("no such product")
        assert refused.value.status == 404


def test_every_write_of_the_client_is_done_by_the_server(own_server):
    with Client(own_server.url, wait_s=60) as client:
        made = client.put_product("client/1", title="Steel kettle", tags=["kettle"])
        assert client.product("client/1") == made
        decided = client.decide("add", "gift", product="client/1", by="Ann")
        assert client.product("client/1").tags == ("kettle", "gift")
        assert client.undo(decided.number, by="Ben").undone[0].undone_by == "Ben"
        assert client.write_products([{"id": "client/2", "title": "Pot"}]).accepted == 1
        client.delete_product("client/1")
        client.delete_product("client/2")
        with pytest.raises(Refused):
            client.delete_product("client/2")


def test_many_questions_at_once_get_the_answers_of_one(server):
    async def run():
        async with AsyncClient(server.url, wait_s=60) as client:
            return await asyncio.gather(
                *(client.suggest(f"{WASHER} {place % 4}", brief=True, limit=4) for place in range(24))
            )

    found = asyncio.run(run())
    for place, each in enumerate(found):
        assert [tag.tag for tag in each.tags] == [tag.tag for tag in found[place % 4].tags]

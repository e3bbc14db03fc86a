import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator

import httpx
import pytest
from fastapi import FastAPI

from tagger.web.late_app import LateApp


class Host:
    """An application that records what happens, and is built when it is told to."""

    def __init__(self) -> None:
        self.events: list[str] = []
        self.models, self.go_on = threading.Event(), threading.Event()
        self.go_on.set()
        self.late = LateApp(self.build)
        self.client = httpx.AsyncClient(transport=httpx.ASGITransport(self.late), base_url="http://late")

    def build(self) -> FastAPI:
        self.events.append("build")
        self.go_on.wait()

        @contextlib.asynccontextmanager
        async def lifespan(app: FastAPI) -> AsyncIterator[None]:
            self.events.append("start")
            yield
            self.events.append("stop")

        app = FastAPI(lifespan=lifespan)
        app.get("/")(lambda: "here")
        return app

    async def until(self, event: str) -> None:
        while event not in self.events:
            await asyncio.sleep(0.01)


def test_the_application_is_built_when_the_other_work_is_done() -> None:
    async def run() -> None:
        host = Host()
        async with host.late.running(after=host.models.wait):
            await asyncio.sleep(0.1)
            assert host.events == []
            host.models.set()
            await host.until("start")
            assert (await host.client.get("/")).json() == "here"
        assert host.events == ["build", "start", "stop"]

    asyncio.run(run())


def test_a_request_has_it_built_at_once_and_waits_for_it() -> None:
    async def run() -> None:
        host = Host()
        host.go_on.clear()
        async with host.late.running(after=host.models.wait):
            asked = [asyncio.create_task(host.client.get("/")) for _ in range(3)]
            await host.until("build")
            asked[0].cancel()
            host.go_on.set()
            for each in asked[1:]:
                assert (await each).json() == "here"
            assert host.events == ["build", "start"]
        host.models.set()

    asyncio.run(run())


def test_a_server_may_stop_before_it_is_built() -> None:
    async def run() -> None:
        host = Host()
        host.go_on.clear()
        async with host.late.running(after=lambda: None):
            await host.until("build")
        assert host.events == ["build"]
        host.go_on.set()

    asyncio.run(run())


def test_every_request_learns_why_it_could_not_be_built() -> None:
    def fail() -> FastAPI:
        raise LookupError("no template")

    async def run() -> None:
        late = LateApp(fail)
        client = httpx.AsyncClient(transport=httpx.ASGITransport(late), base_url="http://late")
        async with late.running(after=lambda: None):
            for _ in range(2):
                with pytest.raises(LookupError, match="no template"):
                    await client.get("/")

    asyncio.run(run())

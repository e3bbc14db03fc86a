"""An application that is built in the background, so that the server answers other requests meanwhile."""

import asyncio
import contextlib
import threading
from collections.abc import AsyncIterator, Callable
from typing import TypeVar

from starlette.applications import Starlette
from starlette.types import Receive, Scope, Send

T = TypeVar("T")


class LateApp:
    """Passes requests to another application; those that come before it is built wait for it."""

    def __init__(self, build: Callable[[], Starlette]) -> None:
        self._build = build

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request. Raises what building the application raised."""
        self._wanted.set()
        # Without the shield, a visitor who leaves would cancel the wait of all others.
        app = await asyncio.shield(self._app)
        await app(scope, receive, send)

    @contextlib.asynccontextmanager
    async def running(self, after: Callable[[], object]) -> AsyncIterator[None]:
        """Build and start the application when `after` returns, or when the first request comes; stop it at the end."""
        self._app: asyncio.Future[Starlette] = asyncio.get_running_loop().create_future()
        self._wanted, stopped = asyncio.Event(), asyncio.Event()
        task = asyncio.create_task(self._run(after, stopped))
        try:
            yield
        finally:
            stopped.set()
            if not self._app.done():
                task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    async def _run(self, after: Callable[[], object], stopped: asyncio.Event) -> None:
        waits = [asyncio.ensure_future(_in_thread(after)), asyncio.ensure_future(self._wanted.wait())]
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
        try:
            app = await _in_thread(self._build)
            async with app.router.lifespan_context(app):
                self._app.set_result(app)
                await stopped.wait()
        except Exception as error:
            if self._app.done():
                raise
            self._app.set_exception(error)
        finally:
            for wait in waits:
                wait.cancel()


async def _in_thread(function: Callable[[], T]) -> T:
    """Call a function in a thread that does not keep the process alive, unlike those of `asyncio.to_thread`."""
    loop = asyncio.get_running_loop()
    done: asyncio.Future[T] = loop.create_future()

    def finish(result: T | None, error: BaseException | None) -> None:
        if done.cancelled():
            return
        if error is None:
            done.set_result(result)  # type: ignore[arg-type]
        else:
            done.set_exception(error)

    def call() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as raised:
            error = raised
        # The loop is closed if the server has stopped meanwhile.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(finish, result, error)

    threading.Thread(target=call, name="tagweave-late-app", daemon=True).start()
    return await done

"""One application for several stores: it passes each request to the application of the store that it names.

A request names its store with `?store=NAME`, or with a path that begins with `/stores/NAME/`; the page of a store that
is not the default lives under such a path. A request that names no store goes to the default.
"""

import contextlib
from collections.abc import AsyncIterator, Mapping
from urllib.parse import parse_qsl, urlencode

from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.responses import RedirectResponse
from starlette.routing import Mount
from starlette.types import ASGIApp, Receive, Scope, Send

from index.messages import Message
from tagger.web.http.problems import refusal

_PARAMETER = "store"
_FOLDER = "/stores/"
_NOT_FOUND = 404


def switch_of(apps: Mapping[str, FastAPI]) -> ASGIApp:
    """Return an application over the applications of several stores by name; the first is the default."""

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        async with contextlib.AsyncExitStack() as running:
            for each in apps.values():
                await running.enter_async_context(each.router.lifespan_context(each))
            yield

    return Starlette(routes=[Mount("/", app=_StoreSwitch(apps))], lifespan=lifespan)


class _StoreSwitch:
    def __init__(self, apps: Mapping[str, FastAPI]) -> None:
        self._apps = dict(apps)
        self._default = next(iter(apps))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on one request, or redirect the page of another store to its path."""
        await self._target(scope)(scope, receive, send)

    def _target(self, scope: Scope) -> ASGIApp:
        root, path = scope.get("root_path", ""), scope["path"].removeprefix(scope.get("root_path", ""))
        if path.startswith(_FOLDER):
            name, slash, _ = path.removeprefix(_FOLDER).partition("/")
            # Starlette keeps the path of the outer application for the addresses in answers.
            inner = f"{root}{_FOLDER}{name}"
            scope["root_path"], scope["app_root_path"] = inner, inner
            return self._app(name, path) if slash else RedirectResponse(f"{name}/")
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        named = [value for key, value in query if key == _PARAMETER]
        if not named:
            return self._apps[self._default]
        rest = urlencode([each for each in query if each[0] != _PARAMETER])
        scope["query_string"] = rest.encode("latin-1")
        if path == "/" and named[-1] != self._default and named[-1] in self._apps:
            # Relative, so that it holds behind a proxy that adds a path.
            return RedirectResponse(f"stores/{named[-1]}/{'?' if rest else ''}{rest}")
        return self._app(named[-1], path)

    def _app(self, name: str, path: str) -> ASGIApp:
        unknown = Message("request.unknown-store", name=name, available=", ".join(self._apps))
        return self._apps.get(name) or refusal(path, _NOT_FOUND, unknown)

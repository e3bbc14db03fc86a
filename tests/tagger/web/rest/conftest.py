"""Clients of /v1 that compare every answer with the schema that clients are given."""

import json
import shutil
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi import FastAPI
from jsonschema import Draft202012Validator
from starlette.testclient import TestClient

from index.store import Store
from tagger.web.http.problems import PROBLEM, V1
from tagger.web.rest.app import v1_app
from tagger.web.service.service import Service


class CheckedClient(TestClient):
    """Raises an error if an answer is not what the schema says of the operation."""

    @cached_property
    def openapi(self) -> dict[str, Any]:
        """The schema."""
        return self.get("/v1/openapi.json").json()

    def request(self, method: str, url: Any, **options: Any) -> httpx.Response:
        """Send a request."""
        answer = super().request(method, url, **options)
        path = str(url).partition("?")[0].removeprefix(V1)
        if path != "/openapi.json" and path != "/docs":
            self._check(method, path, answer)
        return answer

    def _check(self, method: str, path: str, answer: httpx.Response) -> None:
        operation = self._operation(method, path)
        if answer.status_code == 304:
            return
        status = str(answer.status_code)
        if answer.status_code >= 400:
            assert answer.headers["content-type"] == PROBLEM, answer.text
            assert answer.json()["status"] == answer.status_code
            status, kind = "default", PROBLEM
        else:
            kind = "application/json"
        if operation is None:
            assert answer.status_code in (404, 405)
            return
        said = operation["responses"][status].get("content", {}).get(kind)
        if said and answer.content:
            validate(answer.json(), said["schema"], self.openapi)

    def _operation(self, method: str, path: str) -> Any:
        parts = path.strip("/").split("/")
        fitting = [
            (template.count("{"), methods)
            for template, methods in self.openapi["paths"].items()
            if _fits(template.strip("/").split("/"), parts)
        ]
        fitting.sort(key=lambda each: each[0])
        return next((methods[method.lower()] for _, methods in fitting if method.lower() in methods), None)


def _fits(template: list[str], parts: list[str]) -> bool:
    # An id may hold slashes.
    if template[0] in ("products", "tags") and template[-1].startswith("{") and len(parts) > len(template):
        parts = [*parts[: len(template) - 1], "/".join(parts[len(template) - 1 :])]
    return len(template) == len(parts) and all(
        each.startswith("{") or each == part for each, part in zip(template, parts, strict=True)
    )


def validate(value: Any, schema: Any, whole: Any) -> None:
    """Raise an error if a value does not fit a part of the OpenAPI schema."""
    checked = {**schema, "components": whole["components"]}
    Draft202012Validator(checked).validate(json.loads(json.dumps(value)))


def outer(service: Service) -> FastAPI:
    app = FastAPI()
    app.mount(V1, v1_app(service, ["shop"]))
    return app


@pytest.fixture(scope="session")
def rest(service: Service) -> Iterator[CheckedClient]:
    """A client of the read-only store."""
    with CheckedClient(outer(service), raise_server_exceptions=False) as client:
        yield client


@pytest.fixture(scope="session")
def own_rest(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[CheckedClient]:
    """A client of a copy of the store, for tests that write."""
    copy = Store.open(Path(shutil.copytree(store.folder, tmp_path_factory.mktemp("rest") / "store")))
    with CheckedClient(outer(Service(copy)), raise_server_exceptions=False) as client:
        yield client

"""The requests over REST, from the schema of the application."""

from collections.abc import Iterator, Mapping
from typing import Any, cast

from fastapi import FastAPI

from docs_site.markdown import code, table
from docs_site.texts import Texts
from tagger.web.api.rest import MISTAKES, add_routes
from tagger.web.service.service import Service

# A higher one keeps numbers within their type, and says nothing to a reader.
_NO_LIMIT = 1_000_000
_Schema = Mapping[str, Any]
# Name, type, and default: None if the field must be given.
_Field = tuple[str, str, str | None]


def render(texts: Texts) -> str:
    """Render a section for each request."""
    app = FastAPI(title="Tagweave", responses=MISTAKES)
    # The schema is made of the routes alone: no request reaches the service.
    add_routes(app, cast(Service, None))
    schema = app.openapi()
    parts: list[str] = []
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            parts += _operation(f"{method.upper()} {path}", operation, schema["components"]["schemas"], texts)
    return "\n\n".join(parts)


def _operation(name: str, operation: _Schema, schemas: _Schema, texts: Texts) -> Iterator[str]:
    yield f"### {name}"
    yield texts.find(f"rest {name}", "", operation["description"])
    rows = [*_parameters(operation, schemas), *_body(operation, schemas)]
    if rows:
        cells = [
            [code(field), kind, _shown(default, texts), texts.find((f"rest {name}", "rest"), field)]
            for field, kind, default in rows
        ]
        yield table(texts.head("field", "type", "default", "meaning"), cells)
    yield texts.find("rest", "answer") + texts.find(f"rest {name}", "answer")


def _parameters(operation: _Schema, schemas: _Schema) -> Iterator[_Field]:
    for each in operation.get("parameters", ()):
        yield each["name"], _kind(each["schema"], schemas), None if each["required"] else _default(each["schema"])


def _body(operation: _Schema, schemas: _Schema) -> Iterator[_Field]:
    if "requestBody" not in operation:
        return
    body = _resolved(operation["requestBody"]["content"]["application/json"]["schema"], schemas)
    for name, schema in body["properties"].items():
        required = name in body.get("required", ())
        yield name, _kind(schema, schemas), None if required else _default(schema)


def _resolved(schema: _Schema, schemas: _Schema) -> _Schema:
    for each in schema.get("anyOf", schema.get("allOf", [])):
        if each.get("type") != "null":
            return _resolved(each, schemas)
    return schemas[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema


def _kind(schema: _Schema, schemas: _Schema) -> str:
    """Name the type of a field with its limits: `integer`, 1 to 100."""
    found = _resolved(schema, schemas)
    if "enum" in found:
        return ", ".join(code(str(each)) for each in found["enum"] if each != "")
    if "const" in found:
        return code(found["const"])
    least, most = found.get("minimum", 0), found.get("maximum", _NO_LIMIT)
    limits = f", {least:g}–{most:g}" if most < _NO_LIMIT else ""
    if found["type"] == "array":
        return f"list of {_kind(found['items'], schemas)}"
    return f"{found['type']}{limits}"


def _default(schema: _Schema) -> str:
    default = schema.get("default")
    return "" if default in (None, "", []) else str(default).lower() if isinstance(default, bool) else str(default)


def _shown(default: str | None, texts: Texts) -> str:
    return texts.find("heads", "required") if default is None else code(default)

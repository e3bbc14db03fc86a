"""The page of documentation, made from the OpenAPI schema; it loads nothing."""

import json
from collections.abc import Iterator, Mapping
from typing import Any

from markupsafe import Markup

_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; color: #1e293b }
h2 { border-bottom: 1px solid #cbd5e1; margin-top: 2.5rem } h3 code { background: none }
code, pre { background: #f1f5f9; border-radius: 4px; font: 14px/1.45 ui-monospace, monospace; padding: .1rem .3rem }
pre { overflow-x: auto; padding: .7rem } table { border-collapse: collapse; width: 100% }
td, th { border-bottom: 1px solid #e2e8f0; padding: .3rem .6rem .3rem 0; text-align: left; vertical-align: top }
a { color: #0f766e } nav a { margin-right: .8rem }
@media (prefers-color-scheme: dark) { body { background: #0f172a; color: #e2e8f0 } a { color: #5eead4 }
code, pre { background: #1e293b } td, th, h2 { border-color: #334155 } }
"""
_Schema = Mapping[str, Any]


def documentation(schema: _Schema) -> str:
    """Return the page as HTML."""
    base = schema["servers"][0]["url"]
    groups: dict[str, list[Markup]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            part = Markup("\n").join(_operation(base, path, method, operation, schema))
            groups.setdefault(operation["tags"][0], []).append(part)
    links = Markup("").join(Markup('<a href="#{0}">{0}</a>').format(name) for name in groups)
    body = Markup("").join(
        Markup('<h2 id="{0}">{0}</h2>').format(name) + Markup("\n").join(parts) for name, parts in groups.items()
    )
    head = Markup(
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Tagweave API</title>'
        '<meta name="viewport" content="width=device-width"><style>{}</style></head><body><h1>Tagweave API</h1>'
        '<p>{}</p><p>The schema for client generators is <a href="openapi.json">openapi.json</a>.</p><nav>{}</nav>'
    ).format(Markup(_STYLE), schema["info"]["description"], links)  # noqa: S704 - the style is ours
    return head + body + Markup("</body></html>")


def _operation(base: str, path: str, method: str, operation: _Schema, schema: _Schema) -> Iterator[Markup]:
    yield Markup("<h3><code>{} {}{}</code></h3><p>{}</p>").format(method.upper(), base, path, operation["description"])
    rows = [*_parameters(operation), *_fields(operation, schema)]
    if rows:
        cells = Markup("").join(
            Markup("<tr><td><code>{}</code></td><td>{}</td><td>{}</td></tr>").format(*r) for r in rows
        )
        yield Markup("<table><tr><th>field</th><th>type</th><th>meaning</th></tr>{}</table>").format(cells)
    content = operation.get("requestBody", {}).get("content", {})
    example = content.get("application/json", {}).get("example")
    if example is not None:
        text = json.dumps(example, ensure_ascii=False)
        yield Markup("<pre>curl http://localhost:7860{}{} --request {} --json '{}'</pre>").format(
            base, path, method.upper(), text
        )
    for status, answer in operation["responses"].items():
        shown = answer.get("content", {}).get("application/json", {}).get("example")
        if shown is not None:
            text = json.dumps(shown, ensure_ascii=False, indent=1)
            yield Markup("<details><summary>Answer {}</summary><pre>{}</pre></details>").format(status, text)


def _parameters(operation: _Schema) -> Iterator[tuple[str, str, str]]:
    for each in operation.get("parameters", ()):
        yield f"{each['name']} ({each['in']})", _type(each["schema"]), each.get("description", "")


def _fields(operation: _Schema, schema: _Schema) -> Iterator[tuple[str, str, str]]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        model = _resolved(content["schema"], schema)
        for name, each in model.get("properties", {}).items():
            required = ", required" if name in model.get("required", ()) else ""
            yield name, _type(each) + required, each.get("description", "")


def _resolved(model: _Schema, schema: _Schema) -> _Schema:
    for each in model.get("anyOf", model.get("allOf", ())):
        if "$ref" in each:
            return _resolved(each, schema)
    name = model.get("$ref", "").rpartition("/")[2]
    return schema["components"]["schemas"][name] if name else model


def _type(model: _Schema) -> str:
    if "enum" in model:
        return ", ".join(str(each) or '""' for each in model["enum"])
    if "anyOf" in model:
        return " or ".join(_type(each) for each in model["anyOf"] if each.get("type") != "null")
    if "$ref" in model:
        return str(model["$ref"]).rpartition("/")[2]
    return f"list of {_type(model['items'])}" if model.get("type") == "array" else str(model.get("type", "any"))

"""The page of documentation, made from the OpenAPI schema; it loads nothing."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from tagger.web.components.templates import render

_Schema = Mapping[str, Any]


@dataclass(frozen=True)
class _Field:
    """A parameter, or a field of the body."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class _Answer:
    """An answer with an example, as JSON text."""

    status: str
    example: str


@dataclass(frozen=True)
class _Operation:
    """What can be asked at a path by a method; `example` is a body as JSON text, empty if there is none."""

    method: str
    path: str
    description: str
    fields: Sequence[_Field]
    example: str
    answers: Sequence[_Answer]


@dataclass(frozen=True)
class _Group:
    """The operations on one kind of thing."""

    name: str
    operations: Sequence[_Operation]


def documentation(schema: _Schema) -> str:
    """Return the page as HTML."""
    base = schema["servers"][0]["url"]
    groups: dict[str, list[_Operation]] = {}
    for path, methods in schema["paths"].items():
        for method, operation in methods.items():
            described = _operation(base + path, method, operation, schema)
            groups.setdefault(operation["tags"][0], []).append(described)
    return render(
        "rest/documentation.html",
        description=schema["info"]["description"],
        groups=[_Group(name, operations) for name, operations in groups.items()],
    )


def _operation(path: str, method: str, operation: _Schema, schema: _Schema) -> _Operation:
    content = operation.get("requestBody", {}).get("content", {})
    example = content.get("application/json", {}).get("example")
    return _Operation(
        method.upper(),
        path,
        operation["description"],
        [*_parameters(operation), *_fields(operation, schema)],
        "" if example is None else json.dumps(example, ensure_ascii=False),
        list(_answers(operation)),
    )


def _answers(operation: _Schema) -> Iterator[_Answer]:
    for status, answer in operation["responses"].items():
        shown = answer.get("content", {}).get("application/json", {}).get("example")
        if shown is not None:
            yield _Answer(status, json.dumps(shown, ensure_ascii=False, indent=1))


def _parameters(operation: _Schema) -> Iterator[_Field]:
    for each in operation.get("parameters", ()):
        yield _Field(f"{each['name']} ({each['in']})", _type(each["schema"]), each.get("description", ""))


def _fields(operation: _Schema, schema: _Schema) -> Iterator[_Field]:
    for content in operation.get("requestBody", {}).get("content", {}).values():
        model = _resolved(content["schema"], schema)
        for name, each in model.get("properties", {}).items():
            required = ", required" if name in model.get("required", ()) else ""
            yield _Field(name, _type(each) + required, each.get("description", ""))


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

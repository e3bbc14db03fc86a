"""Attributes of products: read from cells and objects, and told from tags such as `Colour: Red`."""

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

from index.files.tag_splitting import BARS, COMMAS, TagSplit, is_missing
from index.product import Attribute

_VALUES: Final = TagSplit(BARS + COMMAS)
_NAMES: Final = ("name", "key", "label", "attribute", "attribute_code", "k")
_OF_NAME: Final = ("value", "values", "options", "option", "v")


def values_in(name: str, value: Any) -> Iterator[Attribute]:
    """Yield the attributes of a column: one for each value in the cell."""
    values = _VALUES.tags(value) if isinstance(value, str) else value
    for each in values if isinstance(values, list | tuple) else [values]:
        if (text := _text(each)) and name:
            yield Attribute(name, text)


def attributes_in(value: Any) -> Iterator[Attribute]:
    """Yield the attributes in an object, in a list of objects with a name and a value, or in such JSON as text.

    A text that is not JSON is read as `name=value,name=value|value`.
    """
    if isinstance(value, str):
        value = _parsed(value)
    if isinstance(value, Mapping):
        for name, values in value.items():
            yield from values_in(str(name), values)
    elif isinstance(value, list | tuple):
        for each in value:
            yield from _named(each)


def _parsed(text: str) -> Any:
    if text.lstrip().startswith(("{", "[")):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return None
    return dict(pairs(text, ",", "=", "|"))


def pairs(text: str, between: str, equals: str, values: str) -> Iterator[tuple[str, list[str]]]:
    """Yield names and values of `name=value,name=value|value`; a part without a name belongs to the value before."""
    parts: list[str] = []
    for part in text.split(between):
        if equals in part or not parts:
            parts.append(part)
        else:
            parts[-1] += between + part
    for part in parts:
        name, found, value = part.partition(equals)
        if found and name.strip():
            yield name.strip(), [each.strip() for each in value.split(values)]


def _named(item: Any) -> Iterator[Attribute]:
    if isinstance(item, Attribute):
        yield item
    elif isinstance(item, Mapping):
        name = next((item[key] for key in _NAMES if isinstance(item.get(key), str)), "")
        value = next((item[key] for key in _OF_NAME if item.get(key) is not None), None)
        if name:
            yield from values_in(name, value)
        else:
            yield from attributes_in(item)


def _text(value: Any) -> str:
    if isinstance(value, bool) or value is None:
        return "" if value is None else str(value).lower()
    if isinstance(value, float) and value == value // 1:
        value = int(value)
    text = str(value).strip() if isinstance(value, str | int | float) else ""
    return "" if is_missing(text) else text


def distinct(attributes: Iterable[Attribute]) -> list[Attribute]:
    """Return the attributes without repetitions, in order."""
    return list(dict.fromkeys(attributes))

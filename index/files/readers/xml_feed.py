"""Read an XML feed: RSS, Atom, or any document with one element for each product."""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

from index.errors import BadInput, MissingDependency
from index.files.readers.rows import DAMAGED, FileRow
from index.messages import Message

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

FEEDS: Final = (".xml", ".rss", ".atom")
# The elements that hold one product, by their names without a namespace.
_RECORDS: Final = frozenset({"item", "entry", "product", "offer", "row", "record", "article"})
# Markup in a text that is not escaped.
_MARKUP: Final = frozenset(
    {"p", "b", "i", "br", "ul", "li", "ol", "strong", "em", "span", "div", "h1", "h2", "h3", "a"}
)
_OF_GOOGLE: Final = "{http://base.google.com/ns/1.0}"


def feed_rows(path: Path, file: BinaryIO, position: Callable[[], int]) -> Iterator[FileRow]:
    """Yield a row for each product; a line is its number. An element's name without its namespace is the column.

    An element that is repeated becomes a list. Raises `BadInput` if the file is not XML, or declares entities: these
    could make a small file endlessly large.
    """
    number = 0
    try:
        for number, record in enumerate(_records(path, file), start=1):
            yield FileRow(number, _values(record), None, position())
    except _Broken as error:
        if not number:
            raise BadInput("file.not-xml", path=path, reason=error) from error
        yield FileRow(number + 1, None, Message("row.not-xml", reason=error), position())
    if not number:
        raise BadInput("file.no-products-in-xml", path=path, available=", ".join(sorted(_RECORDS)))


class _Broken(Exception):
    """The document cannot be read from here on."""


def _records(path: Path, file: BinaryIO) -> "Iterator[Element]":
    """Yield the elements of products, each emptied after its use."""
    try:
        from defusedxml.common import DefusedXmlException
        from defusedxml.ElementTree import ParseError, iterparse
    except ImportError as error:
        raise MissingDependency("file.no-library", path=path, package="defusedxml") from error
    above: list[Element] = []
    inside = 0
    try:
        for event, element in iterparse(file, events=("start", "end"), forbid_dtd=False):
            if event == "start":
                above.append(element)
                inside += _name(element) in _RECORDS
                continue
            above.pop()
            if _name(element) in _RECORDS:
                inside -= 1
                # A product may have items of its own.
                if not inside:
                    yield element
            if not inside:
                element.clear()
                if above:
                    with contextlib.suppress(ValueError):
                        above[-1].remove(element)
    except DefusedXmlException as error:
        raise BadInput("file.xml-entities", path=path) from error
    except (ParseError, UnicodeDecodeError, *DAMAGED) as error:
        raise _Broken(error) from error


def _name(element: "Element") -> str:
    return str(element.tag).rsplit("}", 1)[-1]


def _values(record: "Element") -> dict[str, Any]:
    """Return the values of a product: those of Google's elements replace others with the same name."""
    found: dict[str, list[Any]] = {name: [value] for name, value in record.attrib.items()}
    of_google = {_name(child) for child in record if str(child.tag).startswith(_OF_GOOGLE)}
    for child in record:
        name = _name(child)
        if str(child.tag).startswith(_OF_GOOGLE) or name not in of_google:
            found.setdefault(name, []).append(_value(child))
    return {name: _one(values) for name, values in found.items()}


def _value(element: "Element") -> Any:
    children = list(element)
    if not children:
        return (element.text or "").strip()
    if all(_name(child) in _MARKUP for child in children):
        return "".join(element.itertext()).strip()
    found: dict[str, list[Any]] = {}
    for child in children:
        found.setdefault(_name(child), []).append(_value(child))
    values = {name: _one(values) for name, values in found.items()}
    # <categories><category>…</category></categories> is a list.
    return next(iter(found.values())) if len(found) == 1 else values


def _one(values: Sequence[Any]) -> Any:
    return values[0] if len(values) == 1 else list(values)

"""Checks the rule of `tagger/web/service/service.py`: callers use one method of one facade."""

import ast
import dataclasses
import importlib
import inspect
import typing
from pathlib import Path

import pytest

from tagger.vocabulary import Vocabulary
from tagger.web.service import service as service_module
from tagger.web.service.service import Service

ROOT = Path(__file__).parents[4]
WEB = ROOT / "tagger" / "web"
OUTSIDE = [path for path in sorted(WEB.rglob("*.py")) if path.parent != WEB / "service"]
FACADES = {
    name: kind
    for name, kind in vars(service_module).items()
    if inspect.isclass(kind) and kind.__module__.startswith("tagger.web.service.") and name.endswith("Facade")
}
# From the service, a facade and its method; from a facade, only the method.
DEEPEST = {"Service": 2, **dict.fromkeys(FACADES, 1)}
OWN = ("index.", "tagger.", "finetune.")
# The only values that are not dataclasses.
VALUES = (Vocabulary,)
# Modules that work with stores, models, files and processes.
ASKED = (
    "tagger.evaluation",
    "tagger.feedback",
    "tagger.fit",
    "tagger.ingest",
    "tagger.jobs",
    "tagger.load",
    "tagger.pipeline",
    "tagger.search",
    "tagger.settings",
)
PURE = {"clear", "toggle", "turn_page", "sort_figures", "record_of", "records_of", "change_record"}


def chain(node: ast.expr) -> tuple[str, list[str]]:
    """Return the root and the names of an attribute chain: `self._service.tags.undo` is ("_service", [...])."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.insert(0, node.attr)
        node = node.value
    root = node.id if isinstance(node, ast.Name) else ""
    return (names[0], names[1:]) if root == "self" and names else (root, names)


def assigned(tree: ast.AST) -> list[tuple[str, str, int]]:
    """Return every assignment as its target name, the root of the assigned chain, and the chain's length."""
    pairs: list[tuple[ast.expr, ast.expr]] = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            [target], value = node.targets, node.value
            several = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
            pairs += zip(target.elts, value.elts, strict=True) if several else [(target, value)]
    return [(chain(target)[0], chain(value)[0], len(chain(value)[1])) for target, value in pairs]


def depths(tree: ast.AST) -> dict[str, int]:
    """Return the names of the service and facades in a module, each with the allowed length of chains from it."""
    arguments = [node for node in ast.walk(tree) if isinstance(node, ast.arg) and isinstance(node.annotation, ast.Name)]
    found = {each.arg: DEEPEST[each.annotation.id] for each in arguments if each.annotation.id in DEEPEST}
    given = assigned(tree)
    while more := {to: found[of] - n for to, of, n in given if to not in found and n < found.get(of, 0)}:
        found |= more
    return found


def reaching(source: str) -> list[str]:
    """Return every chain that goes deeper into the service than one method of one facade."""
    tree = ast.parse(source)
    known = depths(tree)
    chains = [(node, *chain(node)) for node in ast.walk(tree) if isinstance(node, ast.Attribute)]
    return [ast.unparse(node) for node, root, names in chains if len(names) > known.get(root, len(names))]


def asked(source: str) -> list[str]:
    """Return the imports of a module that are not values, such as a function that reads a file."""
    imports = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom) and node.module]
    pairs = [(node.module, each.name) for node in imports for each in node.names]
    of_interest = [(module, name) for module, name in pairs if module.startswith(ASKED)]
    return [name for module, name in of_interest if not is_value(getattr(importlib.import_module(module), name))]


def is_value(found: object) -> bool:
    """Return whether an object is a value or a value type."""
    if inspect.isfunction(found):
        return found.__name__ in PURE
    if not inspect.isclass(found) or not found.__module__.startswith(OWN):
        return not inspect.ismodule(found)
    frozen = dataclasses.is_dataclass(found) and found.__dataclass_params__.frozen  # type: ignore[attr-defined]
    return frozen or issubclass(found, Exception) or issubclass(found, VALUES)


def types_in(hint: object) -> list[object]:
    """Return a type and all types inside it, such as the item type of a list."""
    return [hint, *(inner for each in typing.get_args(hint) for inner in types_in(each))]


def test_the_service_has_facades_and_a_facade_has_nothing_but_methods(service: Service) -> None:
    assert {type(each).__name__ for each in vars(service).values()} == FACADES.keys()
    for name, facade in vars(service).items():
        assert not name.startswith("_")
        assert [attribute for attribute in vars(facade) if not attribute.startswith("_")] == []
        public = [method for method in dir(type(facade)) if not method.startswith("_")]
        assert public
        assert all(inspect.isfunction(inspect.getattr_static(facade, method)) for method in public)


@pytest.mark.parametrize("facade", FACADES.values(), ids=FACADES)
def test_a_facade_returns_values_only(facade: type) -> None:
    for name, method in inspect.getmembers(facade, inspect.isfunction):
        if not name.startswith("_"):
            returned = types_in(typing.get_type_hints(method)["return"])
            assert [each for each in returned if inspect.isclass(each) and not is_value(each)] == [], name


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(WEB)))
def test_nothing_reaches_through_the_service(path: Path) -> None:
    assert reaching(path.read_text("utf-8")) == []


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: str(path.relative_to(WEB)))
def test_only_values_are_imported_from_what_asks_stores_and_models(path: Path) -> None:
    assert asked(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("service.tags.undo(1, '')", []),
        ("service.tags._edits.undo(1, '')", ["service.tags._edits.undo"]),
        ("service.catalogue.browser.vocabulary()", ["service.catalogue.browser.vocabulary"]),
        ("self._service = service\n    self._service.tags.edits.undo(1, '')", ["self._service.tags.edits.undo"]),
        ("tags = service.tags\n    tags.edits.undo(1, '')", ["tags.edits.undo"]),
        ("one, tags = 1, service.tags\n    tags.edits.undo(1, '')", ["tags.edits.undo"]),
        ("service.tags.page('', 1).summary.count", []),
    ],
)
def test_reaching_through_is_found(line: str, found: list[str]) -> None:
    assert reaching(f"def view(self, service: Service):\n    {line}\n") == found


@pytest.mark.parametrize(
    ("line", "found"),
    [
        ("from tagger.feedback.tag_edits import TagPlan", []),
        ("from tagger.search.filters import toggle", []),
        ("from tagger.jobs.upload import Preview", []),
        ("from tagger.jobs.file_jobs import MOST_BYTES, Batches", ["Batches"]),
        ("from tagger.load import open_pipeline", ["open_pipeline"]),
        ("from tagger.feedback.decisions import DecisionService", ["DecisionService"]),
    ],
)
def test_imports_of_what_is_no_value_are_found(line: str, found: list[str]) -> None:
    assert asked(line) == found

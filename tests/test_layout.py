"""The shape of the source tree: small folders, and no import cycles between them."""

import ast
import graphlib
import tomllib
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("index", "tagger", "finetune")
MOST_MODULES = 14
# Old names of classes and functions, from before they were renamed to the field's terms.
FORMER_NAMES = {
    *(
        "Bearing",
        "Desk",
        "Door",
        "DecisionsInForce",
        "Drawn",
        "Judged",
        "Judgement",
        "Move",
        "Moved",
        "Names",
        "Naming",
    ),
    *("Nearness", "Opinions", "Portrait", "Ruling", "Runs", "Said", "Share", "TagDesk", "Trees", "View", "Watch"),
    *(
        "company",
        "compared",
        "edited",
        "fitted",
        "grown",
        "kept",
        "looked_into",
        "meant",
        "parsed",
        "standing",
        "taken",
    ),
    *("trained", "verdicts", "judged", "varied", "asked"),
}


def _module(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {_module(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}
FOLDERS = sorted({name.rsplit(".", depth)[0] for name in MODULES for depth in range(1, name.count(".") + 1)})


def _imported(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [each.name for each in node.names]
    if isinstance(node, ast.ImportFrom) and node.module:
        whole = [f"{node.module}.{each.name}" for each in node.names]
        return [name if name in MODULES else node.module for name in whole]
    return []


def _imports(path: Path) -> set[str]:
    return {name for node in ast.walk(ast.parse(path.read_text("utf-8"))) for name in _imported(node)} & MODULES.keys()


@cache
def _all_imports() -> dict[str, set[str]]:
    return {name: _imports(path) for name, path in MODULES.items()}


def _between_children(folder: str) -> dict[str, set[str]]:
    """Return which of a folder's modules and subfolders import which others, directly or inside them."""
    prefix, graph = f"{folder}.", defaultdict(set)
    for importer, imported in _all_imports().items():
        for name in imported:
            if importer.startswith(prefix) and name.startswith(prefix):
                before, after = (each.removeprefix(prefix).split(".")[0] for each in (importer, name))
                graph[before] |= {after} - {before}
    return graph


@pytest.mark.parametrize("folder", FOLDERS)
def test_no_circle_of_imports_between_what_a_folder_holds(folder):
    list(graphlib.TopologicalSorter(_between_children(folder)).static_order())


def test_no_circle_of_imports_between_the_packages():
    imports = _all_imports().items()
    graph = {
        package: {name.split(".")[0] for each, names in imports if each.split(".")[0] == package for name in names}
        - {package}
        for package in PACKAGES
    }
    list(graphlib.TopologicalSorter(graph).static_order())
    assert graph["finetune"] == {"index", "tagger"}, "or else no import was read"


@pytest.mark.parametrize("folder", [*PACKAGES, *FOLDERS])
def test_a_folder_holds_few_modules(folder):
    modules = [path for path in (ROOT / folder.replace(".", "/")).glob("*.py") if path.name != "__init__.py"]
    assert len(modules) <= MOST_MODULES, sorted(path.name for path in modules)


def test_tests_stand_in_the_folders_of_what_they_test():
    of_code = {path.parent.relative_to(ROOT) for path in MODULES.values()}
    folders = {path.parent.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    assert folders - of_code == {Path(), Path("docs_site")}


def _layers() -> set[str]:
    """Return the modules and folders listed in the import-linter layers contract."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    [layers] = [contract["layers"] for contract in contracts if contract["type"] == "layers"]
    return {name for layer in layers for name in layer.replace(":", "|").replace(" ", "").split("|")}


def test_every_module_has_its_place_in_the_order_of_imports():
    layers = _layers()
    placed = {name for name in MODULES if any(f"{name}.".startswith(f"{layer}.") for layer in layers)}
    assert sorted(MODULES.keys() - placed) == ["index", "tagger", "tagger.web"], "only packages that import nothing"
    assert sorted(layers - MODULES.keys()) == []


def _defined(path: Path) -> set[str]:
    definitions = (ast.ClassDef, ast.FunctionDef)
    return {node.name for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, definitions)}


@pytest.mark.parametrize("package", [*PACKAGES, "benchmarks"])
def test_nothing_has_a_former_name(package):
    defined = {name: path.name for path in (ROOT / package).rglob("*.py") for name in _defined(path)}
    assert len(defined) > 20
    assert FORMER_NAMES & defined.keys() == set()

"""Project files such as pyproject.toml and requirements.txt agree with the code."""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

from huggingface_hub import SpaceCard
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import tagger
from index.encoders.weights import E5

ROOT = Path(__file__).resolve().parents[1]


def _project() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]


def test_requirements_are_the_dependencies_of_the_project():
    lines = (ROOT / "requirements.txt").read_text("utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == _project()["dependencies"]


def test_built_in_plugins_are_declared_as_the_door_knows_them():
    from tagger.plugins import ENCODERS, INDEXES, TAGGERS

    declared = _project()["entry-points"]
    for group, registry in (("taggers", TAGGERS), ("encoders", ENCODERS), ("indexes", INDEXES)):
        known = {name: entry.value for name, entry in registry.entries().items()}
        assert declared[f"tagweave.{group}"].items() <= known.items()


def test_every_command_that_the_readme_shows_is_one_that_there_is():
    shown = set(re.findall(r"^\$? ?tagweave (\w+)", (ROOT / "README.md").read_text("utf-8"), re.MULTILINE))
    help_text = subprocess.run(
        [sys.executable, "-m", "tagger.cli", "--help"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert shown >= {"ingest", "fit", "suggest", "evaluate"}
    assert shown <= {*re.findall(r"^    (\w+)", help_text, re.MULTILINE)}


def test_the_readme_begins_with_what_a_space_is_told_and_it_agrees_with_the_project():
    told = SpaceCard((ROOT / "README.md").read_text("utf-8")).data
    project = _project()
    [gradio] = [each for each in map(Requirement, project["dependencies"]) if each.name == "gradio"]
    assert told.sdk == "gradio"
    assert told.sdk_version in gradio.specifier
    # A Space installs this extra on its own, so the same packages are tested here.
    assert gradio.extras == {"mcp"}
    assert told.python_version in SpecifierSet(project["requires-python"])
    assert (ROOT / told.app_file).is_file()
    assert 0 < len(told.short_description) <= 60
    assert told.license == project["license"].lower()
    assert told.models == [E5]
    assert told.title == "Tagweave"
    assert "mcp-server" in told.tags


def test_the_version_is_said_by_the_package_and_by_the_command():
    said = subprocess.run(
        [sys.executable, "-m", "tagger.cli", "--version"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert said == f"tagweave {tagger.__version__}\n"
    pyproject = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    assert pyproject["tool"]["hatch"]["version"]["path"] == "index/version.py"
    assert {"readme", "version"} <= set(pyproject["project"]["dynamic"])


def test_the_page_on_pypi_has_no_lines_for_a_space_and_no_link_into_the_project():
    hook = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    shown = (ROOT / "README.md").read_text("utf-8")
    for each in hook["tool"]["hatch"]["metadata"]["hooks"]["fancy-pypi-readme"]["substitutions"]:
        shown = re.sub(each["pattern"], each["replacement"], shown)
    assert shown.startswith("# Tagweave\n")
    assert [link for link in re.findall(r"\]\(([^)]*)\)", shown) if not link.startswith(("https:", "#"))] == []


def test_the_citation_and_the_change_log_know_the_version():
    assert f"version: {tagger.__version__}\n" in (ROOT / "CITATION.cff").read_text("utf-8")
    assert "## Unreleased" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_pages_beside_the_readme_point_to_files_that_there_are():
    for page in ROOT.glob("*.md"):
        links = re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text("utf-8"))
        assert [link for link in links if not (ROOT / link).exists()] == [], page.name

"""The folder that is pushed to a Hugging Face Space, started like a Space."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def space(tmp_path):
    """The folder created by `make space`."""
    folder = tmp_path / "space"
    subprocess.run(["make", "--silent", "space", f"SPACE={folder}"], cwd=ROOT, check=True, timeout=60)
    return folder


def test_the_folder_has_what_a_space_needs_and_nothing_else(space):
    assert {path.name for path in space.iterdir()} == {
        "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "README.md", "SECURITY.md", "app.py", "benchmarks", "docs",
        "index", "requirements.txt", "tagger",
    }  # fmt: skip
    assert not list(space.rglob("__pycache__"))


def test_what_the_readme_points_to_is_there(space):
    text = (space / "README.md").read_text("utf-8")
    links = {link.partition("#")[0] for link in re.findall(r"\]\(([^)#:]+(?:#[^)]*)?)\)", text)}
    assert {"docs/en/reference/rest.md", "docs/images/tag.png", "benchmarks/RESULTS.md"} <= links
    assert [link for link in sorted(links) if not (space / link).exists()] == []


@pytest.mark.slow
def test_the_folder_alone_starts_without_a_network_and_tags_in_both_languages(space):
    command = [sys.executable, ROOT / "tests" / "space.py", space]
    done = subprocess.run(command, cwd=space, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert [len(tags) > 1 for tags in found["accepted"].values()] == [True, True]
    assert [name.startswith("demo-") and name.endswith(".tar") for name in found["snapshots"]] == [True]

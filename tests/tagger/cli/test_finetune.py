"""From labelled products to a fine-tuned adapter, through the command line."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]

SETTINGS = """
[encoder]
plugin = "acme-pairs"

[taggers.pairs]
enabled = false

[finetune]
batch_size = 8
rank = 4
max_target_tokens = 24
validation_products = 4
device = "cpu"
"""


@pytest.fixture
def store(tagweave: Run, products: Path, tmp_path: Path) -> Path:
    """A store of 156 products that is not yet fitted."""
    folder = tmp_path / "store"
    folder.mkdir()
    (folder / "settings.toml").write_text(SETTINGS, "utf-8")
    assert tagweave("ingest", folder, products, "--json").result["accepted"] == 156
    return folder


@pytest.mark.slow
def test_a_store_with_an_adapter_has_the_generator_among_its_taggers(tagweave: Run, store: Path) -> None:
    before = tagweave("fit", store, "--json").result
    trained = tagweave("finetune", store, "--epochs", 1, "--json").result
    assert trained["epochs"] == 1
    after = tagweave("fit", store, "--json").result
    assert [*before["taggers"], "generator"] == after["taggers"]
    answer = tagweave("suggest", store, "超薄冰箱 450升", "--json").result
    assert answer["without"] == {}
    sources = [share["source"] for share in answer["tags"][0]["evidence"]["shares"]]
    assert "generator" in sources
    assert "generator" in answer["stages"]
    # A later training changes no suggestion until the next fit.
    tagweave("finetune", store, "--epochs", 1, "--seed", 1, "--json")
    assert tagweave("suggest", store, "超薄冰箱 450升", "--json").result["tags"] == answer["tags"]


def test_a_setting_of_the_file_that_there_is_not_is_named(tagweave: Run, store: Path) -> None:
    (store / "settings.toml").write_text(SETTINGS.replace("rank", "ranks"), "utf-8")
    assert tagweave("finetune", store).mistake.startswith("finetune has no setting 'ranks'; available: ")

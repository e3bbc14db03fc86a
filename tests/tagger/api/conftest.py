"""Small shops for testing the Python API, without any model from a hub."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tagger import Tagger

THIRD_PARTY = Path(__file__).parents[1] / "third_party"
SETTINGS: dict[str, Any] = {
    "encoder": {"plugin": "acme-pairs", "options": {}},
    "index": {"plugin": "flat"},
    "fusion": {"folds": 2, "ranker": {"rounds": 40}},
    "taggers": {"generator": {"enabled": False}, "pairs": {"enabled": False}},
}
KINDS = ("kettle", "mug", "lamp", "冰箱")


def make_records(count: int) -> list[dict[str, Any]]:
    kinds = [KINDS[number % len(KINDS)] for number in range(count)]
    return [
        {"id": str(number), "title": f"{kind} no {number}", "tags": [kind], "price": number}
        for number, kind in enumerate(kinds)
    ]


@pytest.fixture(scope="session")
def settings() -> dict[str, Any]:
    """Settings that need no model."""
    return SETTINGS


@pytest.fixture(scope="session")
def records() -> Callable[[int], list[dict[str, Any]]]:
    """Make records of products whose titles name their tags. Their ids are their numbers."""
    return make_records


@pytest.fixture(scope="session")
def plugins() -> Iterator[None]:
    """Make the letter-pair encoder importable, as if installed with pip."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(THIRD_PARTY)
        yield


@pytest.fixture(scope="session")
def fitted_shop(plugins: None, tmp_path_factory: pytest.TempPathFactory) -> Tagger:
    """A fitted store of 60 products. Read-only."""
    folder = tmp_path_factory.mktemp("api") / "shop"
    vocabulary = folder.with_name("vocabulary.tsv")
    vocabulary.write_text("tag\tfacet\ten\tzh\n冰箱\tkind\tfridge|icebox\t冰箱\n", "utf-8")
    return Tagger.create(folder, make_records(60), vocabulary=vocabulary, settings=SETTINGS).fit()


@pytest.fixture
def shop(fitted_shop: Tagger, tmp_path: Path) -> Tagger:
    """A writable copy of the fitted store."""
    return Tagger.open(shutil.copytree(fitted_shop.folder, tmp_path / "shop"), settings=SETTINGS)


@pytest.fixture
def unfitted(plugins: None, tmp_path: Path) -> Tagger:
    """An empty store."""
    return Tagger.create(tmp_path / "empty", settings=SETTINGS)

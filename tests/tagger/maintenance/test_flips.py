"""A flipped bit in any file of a store is detected and named, or changes no answer."""

import shutil
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from benchmarks.soak.flips import answers, files_of, flip
from benchmarks.soak.shop import leave_log, make_shop

FLIPS = 100


@pytest.fixture
def folder(once: Callable[[str, Callable[[Path], object]], Path], third_party: None, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once("shop-with-all-files", make_shop), tmp_path / "shop"))


def test_the_store_has_every_kind_of_file(folder: Path) -> None:
    leave_log(folder)
    names = {str(path.relative_to(folder)).split("/")[0] for path in files_of(folder)}
    expected = {"catalogue.duckdb", "catalogue.duckdb.wal", "manifest.json", "models", "rejects", "rules.json",
                "settings.toml", "training-run", "vectors"}  # fmt: skip
    assert expected <= names
    [models] = (folder / "models").glob("fitted-*")
    assert (models / "adapter.copy").is_dir()


@pytest.mark.slow
def test_a_flipped_bit_is_detected_or_harmless(folder: Path) -> None:
    leave_log(folder)
    expected = answers(folder)
    outcomes = [flip(folder, number, expected) for number in range(FLIPS)]
    counts = Counter(each.outcome for each in outcomes)
    print(dict(counts))
    assert [each for each in outcomes if each.outcome == "missed"] == []
    assert counts["detected at use"] > FLIPS / 3
    assert counts["detected by inspection"] > 0
    assert answers(folder) == expected

"""`tagweave repair` makes a damaged store answer as before, or says what only a backup brings back."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from benchmarks.soak.flips import answers
from benchmarks.soak.shop import UNACKNOWLEDGED, leave_log, make_shop
from index.catalogue.database import Database
from index.errors import StaleArtifact
from index.integrity.digest_names import declared_digest
from index.progress import silent
from index.store import FITTED, Store
from tagger.cli import main
from tagger.maintenance.inspection import inspect
from tagger.maintenance.repair import Repair, repair
from tagger.settings import read


@pytest.fixture
def folder(once: Callable[[str, Callable[[Path], object]], Path], third_party: None, tmp_path: Path) -> Path:
    return Path(shutil.copytree(once("shop-with-all-files", make_shop), tmp_path / "shop"))


def damage(path: Path, place: int = -9) -> Path:
    """Flip one bit of a file."""
    content = bytearray(path.read_bytes())
    content[place] ^= 1
    path.write_bytes(content)
    return path


def repaired(folder: Path) -> Repair:
    return repair(folder, read(folder / "settings.toml"), silent)


def accepted(found: dict[str, Any]) -> list[list[str]]:
    """Return the accepted tags. Two fits need not agree in the last digits of probabilities near 0."""
    return [[tag for tag, _, is_accepted in tags if is_accepted] for tags in found["suggested"]]


def remedies(found: Repair) -> list[tuple[str, str]]:
    return [(each.path.name, each.remedy) for each in found.damaged]


def test_a_sound_store_is_left_as_it_is(folder: Path) -> None:
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    assert repaired(folder) == Repair([], [])
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before


@pytest.mark.parametrize("name", ["manifest.json", "manifest.copy.json", "rules.json", "rules.copy.json"])
def test_a_file_with_a_copy_is_restored_from_it(folder: Path, name: str) -> None:
    content, expected = (folder / name).read_bytes(), answers(folder)
    damage(folder / name, len(content) // 2)
    done = repaired(folder)
    assert (remedies(done), done.left) == ([(name, "copy")], [])
    assert (folder / name).read_bytes() == content
    assert answers(folder) == expected


def test_a_model_is_fitted_again_and_an_adapter_comes_back_from_the_models_copy(folder: Path) -> None:
    expected = answers(folder)
    store = Store.open(folder)
    adapter = store.published("adapter")[0] / "adapter_model.safetensors"
    content = adapter.read_bytes()
    damage(adapter)
    assert remedies(done := repaired(folder)) == [("adapter_model.safetensors", "copy")]
    assert (adapter.read_bytes(), done.left) == (content, [])
    damage(store.published(FITTED)[0] / "ranker.txt")
    with pytest.raises(StaleArtifact, match=r"ranker\.txt is missing or was changed .*; run: tagweave repair"):
        Store.open(folder).published(FITTED)
    assert remedies(done := repaired(folder)) == [("ranker.txt", "fit")]
    assert done.left == []
    assert accepted(answers(folder)) == accepted(expected)


def test_a_damaged_manifest_without_a_copy_costs_a_fit(folder: Path) -> None:
    expected = answers(folder)
    for name in ("manifest.json", "manifest.copy.json"):
        damage(folder / name, 40)
    assert remedies(done := repaired(folder)) == [("manifest.json", "fit")]
    assert done.left == []
    assert accepted(answers(folder)) == accepted(expected)


def test_vectors_are_computed_again_and_rejects_are_named(folder: Path) -> None:
    [vectors, *_] = sorted((folder / "vectors").rglob("*.safetensors"))
    [rejects] = (folder / "rejects").iterdir()
    assert declared_digest(vectors)
    assert declared_digest(rejects)
    assert json.loads(rejects.read_text())["code"] == "row.no-title"
    damage(vectors)
    damage(rejects)
    done = repaired(folder)
    assert remedies(done) == [(vectors.name, "compute"), (rejects.name, "none")]
    assert [each.path for each in done.left] == [rejects]
    assert not vectors.exists()


def test_a_damaged_table_of_the_search_is_made_again_and_the_log_of_a_killed_process_set_aside(folder: Path) -> None:
    expected = answers(folder)
    leave_log(folder)
    log = folder / "catalogue.duckdb.wal"
    assert UNACKNOWLEDGED.id in answers(folder)["products"]
    damage(log, 400)
    with pytest.raises(StaleArtifact, match="catalogue"):
        Store.open(folder).catalogue.count()
    assert remedies(repaired(folder)) == [("catalogue.duckdb.wal", "set aside")]
    assert log.with_name("catalogue.duckdb.wal.damaged").exists()
    assert answers(folder) == expected
    damage_table(folder, "terms")
    assert remedies(done := repaired(folder)) == [("catalogue.duckdb", "rewrite")]
    assert done.left == []
    assert answers(folder) == expected


def damage_table(folder: Path, table: str) -> None:
    """Flip a bit in a block of a table."""
    with Database(folder / "catalogue.duckdb").opened(read_only=True) as connection:
        sql = f"SELECT block_id FROM pragma_storage_info('{table}') WHERE block_id >= 0 AND persistent"
        block = connection.execute(sql).fetchall()[0][0]
    # Three headers stand before the blocks.
    damage(folder / "catalogue.duckdb", 3 * 4096 + block * 262_144 + 64)


def test_damaged_products_need_a_backup(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    damage_table(folder, "products")
    assert [each.remedy for each in inspect(Store.open(folder))] == ["none"]
    with pytest.raises(StaleArtifact, match=r"catalogue\.duckdb is damaged, .*restore a backup"):
        repaired(folder)
    assert main(["repair", str(folder), "--check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {
        "sound": False,
        "damaged": [{"file": str(folder / "catalogue.duckdb"), "remedy": "none", "repaired": False}],
    }


def test_settings_that_changed_after_the_fit_are_named(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("WARNING", "tagger"):
        answers(folder)
        assert "was changed" not in caplog.text
        path = folder / "settings.toml"
        path.write_text(path.read_text("utf-8").replace("rounds = 20", "rounds = 30"), "utf-8")
        answers(folder)
        assert f"{path} was changed after the last fit" in caplog.text
    assert remedies(done := repaired(folder)) == [("settings.toml", "changed")]
    assert done.as_dict()["sound"] is True

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from index.errors import BadInput, MissingArtifact, StaleArtifact, StoreLocked
from index.product import Product
from index.store import Manifest, Publication, Store

Make = Callable[..., Product]
Start = Callable[..., "subprocess.Popen[str]"]


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The folder of a store with one product."""
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert([Product("1", "mug")])
    return tmp_path / "store"


def publish(folder: Path, text: str, kind: str = "fitted") -> None:
    with Store.writer(folder) as store, store.publication(kind, {"text": text}) as building:
        (building / "model.txt").write_text(text)
        (building / "part").mkdir()
        (building / "part" / "more.bin").write_bytes(text.encode() * 2)


def published(folder: Path, kind: str = "fitted") -> str:
    models, about = Store.open(folder).published(kind)
    text = (models / "model.txt").read_text()
    assert about == {"text": text}
    assert (models / "part" / "more.bin").read_text() == text * 2
    return text


def models_of(folder: Path) -> list[str]:
    return sorted(path.name.partition("-")[0] for path in (folder / "models").iterdir())


def test_a_store_is_made_where_asked_for_and_opened_afterwards(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} <= {"catalogue.duckdb", "writer.lock"}
    store = Store.open(folder)
    assert store.catalogue.products() == [Product("1", "mug")]
    assert store.manifest() == Manifest(1, {})
    assert store.vectors == folder / "vectors"


def test_a_writer_opens_a_store_that_is_there_with_what_it_holds(folder: Path) -> None:
    for create in (False, True):
        with Store.writer(folder, create=create) as store:
            assert store.catalogue.count() == 1


def test_a_store_that_is_not_there_is_missing_and_nothing_is_made(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match=r"no store at .*store; create one with: tagweave ingest .*store FILE"):
        Store.open(tmp_path / "store")
    with pytest.raises(MissingArtifact, match=r"no store at .*store"):
        with Store.writer(tmp_path / "store"):
            pass
    assert list(tmp_path.iterdir()) == []


def test_a_file_is_no_store(tmp_path: Path) -> None:
    (tmp_path / "store").write_text("x")
    with pytest.raises(BadInput, match="store is a file; a store is a folder"):
        with Store.writer(tmp_path / "store", create=True):
            pass
    with pytest.raises(MissingArtifact, match="no store at"):
        Store.open(tmp_path / "store")


def test_a_folder_with_other_things_is_refused_and_left_alone(tmp_path: Path) -> None:
    (tmp_path / "holiday.jpg").write_text("x")
    with pytest.raises(BadInput, match=r"is not a store and not empty \(it has 'holiday.jpg'\); name a new folder"):
        with Store.writer(tmp_path, create=True):
            pass
    assert [path.name for path in tmp_path.iterdir()] == ["holiday.jpg"]


def test_an_empty_folder_and_one_with_settings_or_the_rest_of_a_killed_start_become_a_store(tmp_path: Path) -> None:
    for name in ("settings.toml", "writer.lock", ".catalogue.duckdb.part", ".catalogue.duckdb.part.wal"):
        (tmp_path / name).write_text("")
    with Store.writer(tmp_path, create=True) as store:
        assert store.catalogue.count() == 0


HOLD = """
import sys
from pathlib import Path
from index.store import Store
with Store.writer(Path(sys.argv[1])) as store:
    print("writing", flush=True)
    sys.stdin.read()
"""


def test_a_second_writer_is_refused_while_readers_go_on(folder: Path, start: Start) -> None:
    holder = start(HOLD, folder)
    assert line_of(holder) == "writing"
    with pytest.raises(StoreLocked, match=r"another process is writing the store .*store; wait for it, or stop it"):
        with Store.writer(folder):
            pass
    assert Store.open(folder).catalogue.count() == 1
    holder.send_signal(signal.SIGKILL)
    holder.wait()
    with Store.writer(folder) as store:
        assert store.catalogue.count() == 1


WAIT = """
import logging, sys
from pathlib import Path
from index.store import Store
logging.basicConfig(level=logging.INFO, format="%(message)s", stream=sys.stdout)
with Store.writer(Path(sys.argv[1]), wait_s=120) as store:
    print(store.catalogue.count(), flush=True)
"""


def test_a_writer_that_may_wait_says_so_once_and_comes_after_the_other(folder: Path, start: Start) -> None:
    holder = start(HOLD, folder)
    assert line_of(holder) == "writing"
    waiter = start(WAIT, folder)
    assert line_of(waiter) == f"waiting for process {holder.pid} that writes {folder} (at most 120 s)"
    assert waiter.poll() is None
    assert holder.stdin is not None
    holder.stdin.close()
    assert line_of(waiter) == "1"
    assert waiter.wait() == 0


def test_a_wait_is_bounded(folder: Path, start: Start) -> None:
    holder = start(HOLD, folder)
    assert line_of(holder) == "writing"
    begun = time.monotonic()
    with pytest.raises(StoreLocked, match=r"another process is writing the store .*store; wait for it, or stop it"):
        with Store.writer(folder, wait_s=0.3):
            pass
    assert 0.3 <= time.monotonic() - begun < 60
    assert holder.poll() is None


def test_nobody_signs_a_lock_that_is_free(folder: Path) -> None:
    with Store.writer(folder):
        assert (folder / "writer.lock").read_text() == str(os.getpid())
    assert (folder / "writer.lock").read_text() == ""


def test_a_second_writer_of_the_same_process_is_refused_too(folder: Path) -> None:
    with Store.writer(folder):
        with pytest.raises(StoreLocked, match="another process is writing the store"):
            with Store.writer(folder):
                pass


def test_a_publication_is_current_once_it_is_whole(folder: Path) -> None:
    with Store.writer(folder) as store:
        with pytest.raises(MissingArtifact, match=r"has no fitted models yet; run: tagweave fit .*store"):
            store.published("fitted")
        about = {"text": ""}
        with store.publication("fitted", about) as building:
            (building / "part").mkdir()
            (building / "model.txt").write_text("one")
            (building / "part" / "more.bin").write_text("oneone")
            about["text"] = "one"
            with pytest.raises(MissingArtifact, match="no fitted models yet"):
                store.published("fitted")
        assert not building.exists()
    assert published(folder) == "one"


def test_the_manifest_says_what_a_publication_is_and_the_sum_of_each_file(folder: Path) -> None:
    publish(folder, "one")
    publication = Store.open(folder).manifest().publications["fitted"]
    assert publication == Publication(
        publication.folder,
        {"text": "one"},
        {"model.txt": sha256(b"one").hexdigest(), "part/more.bin": sha256(b"oneone").hexdigest()},
    )
    assert (folder / "models" / publication.folder).is_dir()


def test_publications_of_several_kinds_stand_side_by_side_and_each_replaces_its_own(folder: Path) -> None:
    publish(folder, "one")
    publish(folder, "adapter", "adapter")
    publish(folder, "two")
    assert (published(folder), published(folder, "adapter")) == ("two", "adapter")


def stop_amid(store: Store) -> None:
    with store.publication("fitted", {"text": "two"}) as building:
        (building / "model.txt").write_text("two")
        raise RuntimeError("stopped")


def test_an_error_before_the_end_leaves_the_former_publication_current(folder: Path) -> None:
    publish(folder, "one")
    with Store.writer(folder) as store:
        with pytest.raises(RuntimeError, match="stopped"):
            stop_amid(store)
        assert models_of(folder) == ["fitted"]
    assert published(folder) == "one"


def test_an_about_that_is_no_json_leaves_the_former_publication_current(folder: Path) -> None:
    publish(folder, "one")
    with Store.writer(folder) as store:
        with pytest.raises(TypeError, match="not JSON serializable"):
            with store.publication("fitted", {"text": object()}) as building:
                (building / "model.txt").write_text("two")
    assert published(folder) == "one"


def test_what_a_reader_opened_stays_until_the_next_writer_comes(folder: Path) -> None:
    publish(folder, "one")
    models, _ = Store.open(folder).published("fitted")
    publish(folder, "two")
    assert (models / "model.txt").read_text() == "one"
    with Store.writer(folder):
        assert not models.exists()
    assert published(folder) == "two"


def test_a_verified_file_is_read_again_only_after_its_time_has_changed(folder: Path) -> None:
    publish(folder, "one")
    store = Store.open(folder)
    path = store.published("fitted")[0] / "model.txt"
    before = path.stat()
    path.write_text("eno")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    # Hashing all models takes longer than loading some of them.
    assert store.published("fitted")
    os.utime(path)
    with pytest.raises(StaleArtifact):
        store.published("fitted")


@pytest.mark.parametrize("name", ["model.txt", "part/more.bin"])
@pytest.mark.parametrize("change", ["altered", "longer", "gone", "a folder"])
def test_an_altered_file_is_refused(folder: Path, name: str, change: str) -> None:
    publish(folder, "one")
    store = Store.open(folder)
    path = store.published("fitted")[0] / name
    if change in ("gone", "a folder"):
        path.unlink()
        if change == "a folder":
            path.mkdir()
    else:
        path.write_text("eno" if change == "altered" else path.read_text() + " ")
    # A store that has verified the file before notices it too.
    for asked in (Store.open(folder), store):
        with pytest.raises(
            StaleArtifact, match=f"{name} is missing or was changed after it was published; run: tagweave repair"
        ):
            asked.published("fitted")
    publish(folder, "two")
    assert published(folder) == "two"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"format": 1, "publications": {"fitted": {"folder": "x"}}}',
        '{"format": 1, "publications": 1}',
        "\ud800",
    ],
)
def test_a_damaged_manifest_is_refused_and_says_the_way_out(folder: Path, text: str) -> None:
    publish(folder, "one")
    (folder / "manifest.json").write_bytes(text.encode(errors="surrogatepass"))
    with pytest.raises(StaleArtifact, match=r"manifest\.json cannot be read \(.*\); run: tagweave repair"):
        Store.open(folder).published("fitted")
    with pytest.raises(StaleArtifact, match="run: tagweave repair"):
        with Store.writer(folder):
            pass
    assert models_of(folder) == ["fitted"]
    (folder / "manifest.json").unlink()
    publish(folder, "two")
    assert published(folder) == "two"


def test_a_manifest_of_another_format_is_refused(folder: Path) -> None:
    publish(folder, "one")
    manifest = json.loads((folder / "manifest.json").read_text())
    del manifest["checksum"]
    (folder / "manifest.json").write_text(json.dumps({**manifest, "format": 2}))
    with pytest.raises(
        StaleArtifact, match=r"manifest\.json has format 2; this version reads format 1; delete it and run fit"
    ):
        Store.open(folder).manifest()


def test_a_writer_sweeps_what_a_killed_one_left(folder: Path) -> None:
    publish(folder, "one")
    left = [folder / "models" / name for name in (".fitted-1-0123456789ab.part", "fitted-000000000000")]
    for path in left:
        path.mkdir()
        (path / "model.txt").write_text("half")
    cache = folder / "vectors" / "cache-1"
    cache.mkdir(parents=True)
    (cache / ".1.safetensors.part").write_text("half")
    os.utime(cache / ".1.safetensors.part", (0, 0))
    (cache / "1.safetensors").write_text("whole")
    with Store.writer(folder):
        assert [path for path in left if path.exists()] == []
        assert [path.name for path in cache.iterdir()] == ["1.safetensors"]
    assert published(folder) == "one"


def test_a_writer_leaves_vectors_that_somebody_is_writing(folder: Path) -> None:
    publish(folder, "one")
    cache = folder / "vectors" / "cache-1"
    cache.mkdir(parents=True)
    (cache / ".1.safetensors.part").write_text("half")
    with Store.writer(folder):
        assert (cache / ".1.safetensors.part").exists()


def test_a_store_that_cannot_be_written_to_says_so(folder: Path) -> None:
    publish(folder, "one")
    (folder / "writer.lock").unlink(missing_ok=True)
    (folder / "writer.lock").mkdir()
    with pytest.raises(StoreLocked, match="cannot be written to: Is a directory"), Store.writer(folder):
        pass


PUBLISH = """
import sys, time
from pathlib import Path
from index.store import Store
with Store.writer(Path(sys.argv[1])) as store:
    with store.publication("fitted", {"text": "two"}) as building:
        (building / "model.txt").write_text("two")
        print("building", flush=True)
        sys.stdin.read()
"""


def test_a_writer_killed_amid_a_publication_leaves_the_former_one_current(folder: Path, start: Start) -> None:
    publish(folder, "one")
    writer = start(PUBLISH, folder)
    assert line_of(writer) == "building"
    assert published(folder) == "one"
    assert len(models_of(folder)) == 2
    writer.send_signal(signal.SIGKILL)
    writer.wait()
    assert published(folder) == "one"
    with Store.writer(folder):
        assert models_of(folder) == ["fitted"]

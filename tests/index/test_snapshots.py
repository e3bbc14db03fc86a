import random
import signal
import subprocess
import sys
import tarfile
import threading
import time
from pathlib import Path

import pytest

from index.errors import StaleArtifact
from index.product import make_product
from index.snapshots import back_up, keep_snapshots, restore, restore_backup, take
from index.store import Store

ROOT = Path(__file__).parents[2]
WAIT_S = 20


@pytest.fixture
def store(tmp_path):
    with Store.writer(tmp_path / "here" / "shop", create=True) as store:
        store.catalogue.upsert([make_product("超薄冰箱"), make_product("water bottle")])
        with store.publication("fitted", {"threshold": 0.5}) as folder:
            (folder / "model.txt").write_text("trees")
    (store.vectors / "e5").mkdir(parents=True)
    (store.vectors / "e5" / "one.safetensors").write_bytes(b"vectors")
    (store.folder / "batches" / "token").mkdir(parents=True)
    (store.folder / "batches" / "token" / "file.csv").write_text("a visitor's")
    (store.vectors / "e5" / "two.part").write_text("half")
    return store


def brought_back(tmp_path, snapshots):
    assert restore(tmp_path / "there" / "shop", snapshots)
    return Store.open(tmp_path / "there" / "shop")


def test_a_store_comes_back_with_its_products_models_and_vectors(store, tmp_path):
    taken = take(store, tmp_path / "bucket")
    assert taken == (store.catalogue.stamp(), store.manifest())
    back = brought_back(tmp_path, tmp_path / "bucket")
    assert back.catalogue.products() == store.catalogue.products()
    folder, about = back.published("fitted")
    assert ((folder / "model.txt").read_text(), about) == ("trees", {"threshold": 0.5})
    assert (back.vectors / "e5" / "one.safetensors").read_bytes() == b"vectors"
    with Store.writer(back.folder) as writable:
        writable.catalogue.upsert([make_product("mug")])
    assert back.catalogue.count() == 3


KILLED = """
import os, signal, sys
from pathlib import Path
from index.catalogue.database import Database
with Database(Path(sys.argv[1])).opened(read_only=False) as connection:
    connection.execute("UPDATE products SET title = 'written before the kill'")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_what_a_killed_writer_left_in_its_log_comes_back_too(store, tmp_path):
    path = store.folder / "catalogue.duckdb"
    assert subprocess.run([sys.executable, "-c", KILLED, path], cwd=ROOT, check=False).returncode == -signal.SIGKILL
    assert path.with_name("catalogue.duckdb.wal").stat().st_size > 0
    take(store, tmp_path / "bucket")
    back = brought_back(tmp_path, tmp_path / "bucket")
    assert {product.title for product in back.catalogue.products()} == {"written before the kill"}
    assert back.catalogue.products() == store.catalogue.products()


def test_what_visitors_brought_and_what_is_half_made_stays_behind(store, tmp_path):
    take(store, tmp_path / "bucket")
    back = brought_back(tmp_path, tmp_path / "bucket")
    files = {str(path.relative_to(back.folder)) for path in back.folder.rglob("*") if path.is_file()}
    model = f"models/{store.manifest().publications['fitted'].folder}/model.txt"
    assert files == {"catalogue.duckdb", "manifest.copy.json", "manifest.json", model, "vectors/e5/one.safetensors"}
    assert [path.name for path in store.folder.parent.iterdir()] == ["shop"]


def test_a_store_that_is_there_is_left_as_it_is(store, tmp_path):
    take(store, tmp_path / "bucket")
    store.catalogue.upsert([make_product("mug")])
    assert not restore(store.folder, tmp_path / "bucket")
    assert store.catalogue.count() == 3
    assert not restore(tmp_path / "other", tmp_path / "bucket")


def test_a_copy_that_is_cut_short_is_told_and_neither_used_nor_replaced(store, tmp_path):
    take(store, tmp_path / "bucket")
    copy = tmp_path / "bucket" / "shop.tar"
    copy.write_bytes(copy.read_bytes()[:5000])
    with pytest.raises(StaleArtifact, match=r"shop.tar cannot be read .*; move it away to start from scratch"):
        restore(tmp_path / "there" / "shop", tmp_path / "bucket")
    assert not (tmp_path / "there" / "shop").exists()
    assert copy.stat().st_size == 5000


def files_of(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_a_bit_that_flips_in_a_backup_is_found_or_changes_nothing(store, tmp_path):
    back_up(store, tmp_path / "shop.tar")
    sound = (tmp_path / "shop.tar").read_bytes()
    restore_backup(tmp_path / "shop.tar", tmp_path / "restored")
    expected, refused = files_of(tmp_path / "restored"), 0
    choice = random.Random(0)
    # Half of them near the beginning, where names and digests are: most of the file is the catalogue.
    for number, most in enumerate((len(sound), 8000) * 20):
        bit = choice.randrange(8 * most)
        changed = bytearray(sound)
        changed[bit // 8] ^= 1 << bit % 8
        (tmp_path / "changed.tar").write_bytes(changed)
        folder = tmp_path / f"restored-{number}"
        try:
            restore_backup(tmp_path / "changed.tar", folder)
        except StaleArtifact:
            assert not folder.exists()
            refused += 1
        else:
            assert files_of(folder) == expected, bit
    assert refused > 10


def test_a_backup_that_lacks_a_file_or_has_one_more_is_refused(store, tmp_path):
    back_up(store, tmp_path / "shop.tar")
    with tarfile.open(tmp_path / "shop.tar") as whole, tarfile.open(tmp_path / "less.tar", "w") as less:
        for each in whole.getmembers()[:-1]:
            less.addfile(each, whole.extractfile(each))
    (tmp_path / "more.tar").write_bytes((tmp_path / "shop.tar").read_bytes())
    with tarfile.open(tmp_path / "more.tar", "a") as more:
        more.add(__file__, "settings.toml")
    for name, told in (("less", "model.txt"), ("more", "settings.toml")):
        with pytest.raises(StaleArtifact, match=rf"{name}\.tar is damaged .*{told}"):
            restore_backup(tmp_path / f"{name}.tar", tmp_path / "restored")


def test_a_copy_of_a_former_version_has_no_digests_and_is_restored(store, tmp_path):
    back_up(store, tmp_path / "shop.tar")
    with tarfile.open(tmp_path / "shop.tar") as whole, tarfile.open(tmp_path / "old.tar", "w") as old:
        for each in whole.getmembers()[1:]:
            old.addfile(each, whole.extractfile(each))
    restore_backup(tmp_path / "old.tar", tmp_path / "restored")
    assert Store.open(tmp_path / "restored").catalogue.products() == store.catalogue.products()


AGAIN_AND_AGAIN = """
import sys
from pathlib import Path
from index.snapshots import back_up
from index.store import Store
store = Store.open(Path(sys.argv[1]))
while True:
    back_up(store, Path(sys.argv[2]))
    print("done", flush=True)
"""


def test_a_backup_that_is_killed_leaves_the_last_one(store, tmp_path):
    choice = random.Random(0)
    for number in range(3):
        command = [sys.executable, "-c", AGAIN_AND_AGAIN, store.folder, tmp_path / "shop.tar"]
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
            assert process.stdout.readline() == b"done\n"
            time.sleep(choice.uniform(0, 0.1))
            process.kill()
        restore_backup(tmp_path / "shop.tar", tmp_path / str(number))
        assert Store.open(tmp_path / str(number)).catalogue.products() == store.catalogue.products()


def test_copies_that_are_taken_while_products_come_in_are_each_of_one_moment(store, tmp_path):
    """Each write adds two products, so a consistent copy has an even number of them."""
    ended = threading.Event()

    def write():
        for number in range(1000):
            store.catalogue.upsert([make_product(f"mug {number}"), make_product(f"cup {number}")])
            if ended.is_set():
                return

    writer = threading.Thread(target=write)
    writer.start()
    counts = []
    for number in range(4):
        take(store, tmp_path / "bucket")
        assert restore(tmp_path / str(number) / "shop", tmp_path / "bucket")
        counts.append(Store.open(tmp_path / str(number) / "shop").catalogue.count())
    ended.set()
    writer.join()
    assert counts == sorted(counts)
    assert [count % 2 for count in counts] == [0, 0, 0, 0]
    assert counts[-1] > 2


def test_changes_are_kept_while_a_server_runs_and_the_last_ones_at_its_end(store, tmp_path):
    copy = tmp_path / "bucket" / "shop.tar"
    with keep_snapshots(store, tmp_path / "bucket", every_s=0.005):
        end = time.monotonic() + WAIT_S
        while not copy.exists():
            assert time.monotonic() < end
            time.sleep(0.01)
        first = copy.stat().st_mtime_ns
        store.catalogue.upsert([make_product("cup")])
        while copy.stat().st_mtime_ns == first:
            assert time.monotonic() < end
            time.sleep(0.01)
        changed = copy.stat().st_mtime_ns
        time.sleep(0.2)
        assert copy.stat().st_mtime_ns == changed, "what has not changed is not copied again"
    unchanged = copy.stat().st_mtime_ns
    with keep_snapshots(store, tmp_path / "bucket", every_s=WAIT_S):
        store.catalogue.upsert([make_product("mug")])
    assert copy.stat().st_mtime_ns > unchanged
    assert brought_back(tmp_path, tmp_path / "bucket").catalogue.count() == 4


def test_a_bucket_that_cannot_be_written_is_told_and_stops_nothing(store, tmp_path, caplog):
    (tmp_path / "file").touch()
    with keep_snapshots(store, tmp_path / "file"):
        pass
    assert "no snapshot of" in caplog.text
    assert store.catalogue.count() == 2

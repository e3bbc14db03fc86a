import os
import random
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalogue.catalogue import Catalogue, DetailRow, LabelRow, ParentRow
from index.catalogue.database import CatalogueSettings, Database
from index.catalogue.query import Order, Page, Query
from index.errors import BadInput, MissingArtifact, StaleArtifact, StoreLocked
from index.files.product_reader import Original
from index.product import Product

Make = Callable[..., Product]
Start = Callable[..., "subprocess.Popen[str]"]


def line_of(process: "subprocess.Popen[str]") -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


def ids(page: Page) -> list[str]:
    return [product.id for product in page.products]


def test_a_new_catalogue_is_empty(catalogue: Catalogue) -> None:
    assert catalogue.exists
    assert catalogue.count() == 0
    assert catalogue.products() == []
    assert catalogue.tag_counts() == {}
    assert catalogue.counts_by_language() == {}
    assert catalogue.labels() == []
    assert catalogue.page(Query()) == Page([], 0)


def test_a_catalogue_that_is_not_there_is_missing(tmp_path: Path) -> None:
    missing = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    assert not missing.exists
    with pytest.raises(MissingArtifact, match=r"no catalogue at .*catalogue\.duckdb"):
        missing.count()
    with pytest.raises(MissingArtifact, match="no catalogue"):
        missing.upsert([Product("1", "mug")])


def test_creating_leaves_the_finished_file_only_and_takes_no_notice_of_what_a_killed_one_left(tmp_path: Path) -> None:
    (tmp_path / ".catalogue.duckdb.part").write_bytes(b"half")
    (tmp_path / ".catalogue.duckdb.part.wal").write_bytes(b"a log of another file")
    catalogue = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    catalogue.create()
    assert [path.name for path in tmp_path.iterdir()] == ["catalogue.duckdb"]
    assert catalogue.count() == 0


def test_upserted_products_come_back_as_they_were(catalogue: Catalogue) -> None:
    products = [
        Product("b", "双门冰箱", "节能", "zh", ("家电", "冰箱")),
        Product(
            "a", 'It\'s a "mug"; DROP TABLE products;--', "x" * 200_000, "en", ("100%", "a'b", 'c"d', "e, f", "[g]")
        ),
        Product("c 'x'", "", "only a description", "other", ()),
    ]
    catalogue.upsert(products)
    assert catalogue.products() == [products[1], products[0], products[2]]
    assert catalogue.products(labelled=True) == [products[1], products[0]]
    assert catalogue.count() == 3
    assert catalogue.counts_by_language() == {"en": 1, "other": 1, "zh": 1}


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1))
def test_any_text_comes_back_as_it_was(catalogue: Catalogue, text: str) -> None:
    product = Product(text, text, text, "en", (text,))
    catalogue.upsert([product])
    assert catalogue.get([text]) == [product]


def test_upsert_replaces_the_products_of_the_same_ids(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", "mug", tags=("a",)), make("2", "cup")])
    catalogue.upsert([make("1", "jug", tags=("b",)), make("3", "pan")])
    assert catalogue.products() == [make("1", "jug", tags=("b",)), make("2", "cup"), make("3", "pan")]


def test_of_an_id_that_stands_twice_in_one_batch_the_last_product_counts(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", "mug"), make("2"), make("1", "jug")], [Original("M", ""), None, Original("J", "")])
    assert catalogue.products() == [make("1", "jug"), make("2")]
    assert catalogue.original("1") == Original("J", "")


def test_upserting_nothing_changes_nothing(catalogue: Catalogue) -> None:
    catalogue.upsert([])
    assert catalogue.count() == 0


def test_get_returns_what_is_there_in_the_order_asked_for(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1"), make("2"), make("3")])
    assert [each.id for each in catalogue.get(["3", "x", "1", "' OR true --"])] == ["3", "1"]
    assert catalogue.get([]) == []


def test_the_original_texts_are_kept_beside_the_clean_ones(catalogue: Catalogue, make: Make) -> None:
    original = Original("<b>Mug</b>", "&amp;")
    catalogue.upsert([make("1", "Mug", "&"), make("2", "cup", "blue")], [original, None])
    assert catalogue.original("1") == original
    assert catalogue.original("2") == Original("cup", "blue")
    with pytest.raises(BadInput, match="this product is no longer in the catalogue"):
        catalogue.original("3")
    assert catalogue.product("2") == make("2", "cup", "blue")
    with pytest.raises(BadInput, match="this product is no longer in the catalogue"):
        catalogue.product("3")


def test_tags_are_counted_the_most_frequent_first_and_ties_by_name(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert(
        [make("1", tags=("b", "c", "a")), make("2", tags=("c",)), make("3"), make("4", tags=("冰箱", "c"))]
    )
    assert list(catalogue.tag_counts().items()) == [("c", 3), ("a", 1), ("b", 1), ("冰箱", 1)]


@pytest.fixture(scope="module")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """Five products to page through. Read-only."""
    catalogue = Catalogue(Database(tmp_path_factory.mktemp("shelf") / "catalogue.duckdb"))
    catalogue.create()
    catalogue.upsert(
        [
            Product("1", "Steel mug", "holds 350 ml", "en", ("mug", "steel")),
            Product("2", "Blue cup", "a mug for tea", "en", ("cup", "it's")),
            Product("3", "双门冰箱", "节能静音", "zh", ("冰箱", "家电")),
            Product("4", "Mug 100% cotton_x", "", "en", ("mug",)),
            Product("5", "洗衣机", "", "zh", ("家电",)),
        ]
    )
    return catalogue


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        (Query(), ["5", "4", "3", "2", "1"]),
        (Query(text="MUG"), ["4", "2", "1"]),
        (Query(text="mug 350"), ["1"]),
        (Query(text="steel"), ["1"]),
        (Query(text="家电"), ["5", "3"]),
        (Query(text="箱"), ["3"]),
        (Query(tags=["mug"]), ["4", "1"]),
        (Query(tags=["mug", "steel"]), ["1"]),
        (Query(tags=["Mug"]), []),
        (Query(tags=["it's"]), ["2"]),
        (Query(lang="zh"), ["5", "3"]),
        (Query(text="双门", tags=["家电"], lang="zh"), ["3"]),
        (Query(text="mug", order="relevance"), ["1", "4", "2"]),
        (Query(order="title"), ["2", "4", "1", "3", "5"]),
    ],
)
def test_a_page_lists_the_products_with_every_word_and_every_tag(
    shelf: Catalogue, query: Query, expected: list[str]
) -> None:
    page = shelf.page(query)
    assert ids(page) == expected
    assert page.total == len(expected)


def test_pages_follow_one_another_and_know_the_total(shelf: Catalogue) -> None:
    pages = [shelf.page(Query(limit=2, offset=offset)) for offset in (0, 2, 4, 6)]
    assert [ids(page) for page in pages] == [["5", "4"], ["3", "2"], ["1"], []]
    assert [page.total for page in pages] == [5, 5, 5, 5]
    assert shelf.page(Query(limit=0)) == Page([], 5)


@pytest.mark.parametrize(
    ("hostile", "expected"),
    [
        ("%", ["4"]),
        ("_", ["4"]),
        ("'", ["2"]),
        ("it's", ["2"]),
        ("''", []),
        ('"', []),
        (";", []),
        ("\\", []),
        ("' OR 1=1 --", []),
        ("'; DROP TABLE products; --", []),
        ("?", []),
        ("$1", []),
        ("a" * 100_000, []),
    ],
    ids=lambda value: value[:12] if isinstance(value, str) else "",
)
def test_hostile_text_is_only_looked_for(shelf: Catalogue, hostile: str, expected: list[str]) -> None:
    assert ids(shelf.page(Query(text=hostile))) == expected
    assert ids(shelf.page(Query(text=hostile, order="relevance"))) == expected
    assert shelf.page(Query(tags=[hostile])).total == (hostile == "it's")
    assert shelf.page(Query(lang=hostile)).total == 0
    assert shelf.count() == 5


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (Query(limit=-1), "limit \\(-1\\) and offset \\(0\\) must not be negative"),
        (Query(offset=-5), "limit \\(20\\) and offset \\(-5\\) must not be negative"),
    ],
)
def test_an_impossible_page_is_refused(shelf: Catalogue, query: Query, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        shelf.page(query)


def test_an_order_that_is_not_on_the_list_is_refused(shelf: Catalogue) -> None:
    hostile: Order = "title; DROP TABLE products"  # type: ignore[assignment]
    with pytest.raises(
        BadInput, match="no sort order 'title; DROP TABLE products'; available: newest, oldest, title, "
    ):
        shelf.page(Query(order=hostile))


def test_labels_come_back_in_the_order_they_were_set_and_are_replaced_as_a_whole(catalogue: Catalogue) -> None:
    rows = [
        LabelRow("fridge", "category", "zh", "冰箱", 0),
        LabelRow("fridge", "category", "en", "Fridge", 0),
        LabelRow("fridge", "category", "en", 'it\'s a "refrigerator"; --', 1),
        LabelRow("a", "", "zh", "甲", 0),
    ]
    catalogue.set_labels(rows)
    assert catalogue.labels() == rows
    catalogue.set_labels(rows[3:])
    assert catalogue.labels() == rows[3:]
    catalogue.set_labels([])
    assert catalogue.labels() == []


def test_many_labels_are_set_at_once(catalogue: Catalogue) -> None:
    rows = [LabelRow(f"tag {number}", "facet", "en", f"Tag {number}", 0) for number in range(10_000)]
    catalogue.set_labels(rows)
    assert catalogue.labels() == rows


def test_what_stands_above_what_is_set_with_the_labels(catalogue: Catalogue) -> None:
    parents = [ParentRow("mug", "kitchen"), ParentRow("mug", "gift")]
    assert catalogue.labelling().parents == []
    catalogue.set_labels([], parents)
    assert catalogue.labelling().parents == parents
    catalogue.set_labels([])
    assert catalogue.labelling().parents == []


def test_what_else_is_said_about_tags_and_facets_is_replaced_with_the_labels(catalogue: Catalogue) -> None:
    details = [DetailRow("description", "mug", "en", "a cup"), DetailRow("attribute", "mug", "", "colour")]
    assert catalogue.labelling().details == []
    catalogue.set_labels([], details=details)
    assert catalogue.labelling().details == details
    catalogue.set_labels([])
    assert catalogue.labelling().details == []


def test_a_product_has_a_tag_also_under_another_of_its_names(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", tags=("fridge",)), make("2", tags=("refrigerator", "red")), make("3", tags=("red",))])
    names = (("refrigerator", ("refrigerator", "fridge", "icebox")), ("red", ("red", "fridge")))
    assert set(ids(catalogue.page(Query(tags=["refrigerator"], names=names)))) == {"1", "2"}
    assert set(ids(catalogue.page(Query(tags=["refrigerator"])))) == {"2"}
    assert set(ids(catalogue.page(Query(tags=["refrigerator", "red"], names=names)))) == {"1", "2"}
    assert ids(catalogue.page(Query(tags=["red"], names=(("red", ()),)))) == []


def test_the_fingerprint_names_the_labelled_content_whatever_its_order(tmp_path: Path, make: Make) -> None:
    products = [make("1", tags=("a",)), make("2", tags=("b", "c")), make("3")]
    prints = []
    for number, order in enumerate((products, products[::-1], [products[1], products[0]])):
        catalogue = Catalogue(Database(tmp_path / f"{number}.duckdb"))
        catalogue.create()
        for product in order:
            catalogue.upsert([product])
        prints.append(catalogue.fingerprint())
    assert prints[0] == prints[1] == prints[2]


def test_the_fingerprint_changes_with_every_field_of_a_labelled_product(catalogue: Catalogue, make: Make) -> None:
    variants = [
        make("1", "ab", "c", tags=("a", "b")),
        make("1", "a", "bc", tags=("a", "b")),
        make("1", "ab", "c", tags=("b", "a")),
        make("1", "ab", "c", tags=("a",)),
        make("1", "ab", "c", tags=("a, b",)),
        make("1", "ab", "c", tags=("'a', 'b'",)),
        make("1", "ab", "c", tags=("a', 'b",)),
        make("1", "ab", "c", "zh", tags=("a", "b")),
        make("1", "ab", "", tags=("a", "b")),
    ]
    prints = {catalogue.fingerprint()}
    for variant in variants:
        catalogue.upsert([variant])
        prints.add(catalogue.fingerprint())
    assert len(prints) == len(variants) + 1
    catalogue.upsert([make("1")])
    assert catalogue.fingerprint() == "d41d8cd98f00b204e9800998ecf8427e"  # The MD5 of empty input.


def foreign(path: Path, *statements: str) -> Catalogue:
    with duckdb.connect(str(path)) as connection:
        for statement in statements:
            connection.execute(statement)
    return Catalogue(Database(path))


@pytest.mark.parametrize(
    ("statements", "message"),
    [
        (["CREATE TABLE x (y INT)"], "is a DuckDB file, but not a Tagweave catalogue"),
        (["CREATE TABLE about (y INT)"], "is a DuckDB file, but not a Tagweave catalogue"),
        (["CREATE TABLE about (format INT)"], "has format None; this version reads format 3"),
        (
            ["CREATE TABLE about (format INT)", "INSERT INTO about VALUES (4)"],
            "has format 4; .* reads format 3",
        ),
        (["CREATE TABLE about (format INT)", "INSERT INTO about VALUES (3)"], "cannot be read or written: .*products"),
    ],
)
def test_foreign_duckdb_files_and_other_formats_are_refused(
    tmp_path: Path, statements: list[str], message: str
) -> None:
    with pytest.raises(StaleArtifact, match=message):
        foreign(tmp_path / "a.duckdb", *statements).count()


@pytest.mark.parametrize("name", ["a.duckdb", "lock.duckdb"])
@pytest.mark.parametrize("data", [b"", b"no database" * 5000], ids=["empty", "text"])
def test_a_file_that_is_no_duckdb_file_is_refused_at_once(tmp_path: Path, name: str, data: bytes) -> None:
    (tmp_path / name).write_bytes(data)
    start = time.monotonic()
    with pytest.raises(StaleArtifact, match=r"cannot be opened: .*not a valid DuckDB database file"):
        Catalogue(Database(tmp_path / name)).count()
    # Much less than the 20 s that a lock by another process is waited for.
    assert time.monotonic() - start < 15


def test_a_damaged_catalogue_is_refused(catalogue: Catalogue, make: Make, tmp_path: Path) -> None:
    catalogue.upsert([make(str(number), os.urandom(500).hex()) for number in range(1000)])
    data = (tmp_path / "catalogue.duckdb").read_bytes()
    (tmp_path / "cut.duckdb").write_bytes(data[: len(data) // 10])
    with pytest.raises(StaleArtifact, match=r"cut\.duckdb cannot be (opened|read or written)"):
        Catalogue(Database(tmp_path / "cut.duckdb")).products()
    flipped = bytearray(data)
    flipped[12288 + 100] ^= 255  # In the first block after the headers.
    (tmp_path / "flipped.duckdb").write_bytes(flipped)
    with pytest.raises(StaleArtifact, match=r"flipped\.duckdb cannot be .*checksum"):
        Catalogue(Database(tmp_path / "flipped.duckdb")).products()


def test_a_query_reads_no_other_file_and_cannot_change_that(catalogue: Catalogue, tmp_path: Path) -> None:
    (tmp_path / "secret.csv").write_text("a\n1\n")
    with catalogue._reading() as connection:
        with pytest.raises(duckdb.PermissionException, match="disabled"):
            connection.execute(f"SELECT * FROM '{tmp_path / 'secret.csv'}'")
        with pytest.raises(duckdb.InvalidInputException, match="locked"):
            connection.execute("SET enable_external_access = true")


def test_threads_read_and_write_through_several_catalogues_of_one_file(
    catalogue: Catalogue, tmp_path: Path, make: Make
) -> None:
    errors: list[BaseException] = []
    counts: list[int] = []

    def guarded(work: Callable[[], None]) -> Callable[[], None]:
        def run() -> None:
            try:
                work()
            except BaseException as error:
                errors.append(error)

        return run

    def write() -> None:
        own = Catalogue(Database(tmp_path / "." / "catalogue.duckdb"))
        for number in range(8):
            own.upsert([make(str(number))])

    def read() -> None:
        own = Catalogue(Database(tmp_path / "catalogue.duckdb"))
        counts.extend(own.count() for _ in range(8))

    threads = [threading.Thread(target=guarded(work)) for work in (write, read, read)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(counts) == 16
    assert catalogue.count() == 8


HOLD = """
import sys, duckdb
connection = duckdb.connect(sys.argv[1])
print("open", flush=True)
sys.stdin.read()
"""


def test_an_operation_waits_while_another_process_has_the_file(
    catalogue: Catalogue, tmp_path: Path, start: Start
) -> None:
    holder = start(HOLD, tmp_path / "catalogue.duckdb")
    assert line_of(holder) == "open"
    impatient = Catalogue(Database(tmp_path / "catalogue.duckdb", CatalogueSettings(wait_s=0.2)))
    with pytest.raises(StoreLocked, match=r"another process is using .*catalogue\.duckdb; gave up after 0\.2 s"):
        impatient.count()
    assert holder.stdin is not None
    threading.Timer(0.3, holder.stdin.close).start()
    assert catalogue.count() == 0


WRITE = """
import sys
from pathlib import Path
from index.product import Product
from index.store import Store
with Store.writer(Path(sys.argv[1])) as store:
    for number in range(int(sys.argv[2]), int(sys.argv[2]) + 100_000):
        store.catalogue.upsert([Product(f"{number}-{each}", "mug " * 50, "", "en", ("mug",)) for each in range(40)])
        print(number, flush=True)
"""


def test_readers_in_other_processes_go_on_beside_a_writer(catalogue: Catalogue, tmp_path: Path, start: Start) -> None:
    writer = start(WRITE, tmp_path, 0)
    assert line_of(writer) == "0"
    counts: list[int] = []
    while len(counts) < 6:
        counts.append(catalogue.count())
        time.sleep(0.02)
    assert counts == sorted(counts)
    assert counts[0] >= 40
    assert counts[-1] > counts[0]
    assert [count % 40 for count in counts] == [0] * 6
    assert writer.poll() is None


def test_every_acknowledged_batch_is_there_after_a_kill_at_a_random_moment(
    catalogue: Catalogue, tmp_path: Path, start: Start
) -> None:
    chance = random.Random(7)
    acknowledged = 0
    for _ in range(4):
        writer = start(WRITE, tmp_path, acknowledged)
        assert line_of(writer) == str(acknowledged)
        time.sleep(chance.uniform(0, 0.5))
        writer.send_signal(signal.SIGKILL)
        # `communicate` would lose what is already in the buffer.
        assert writer.stdout is not None
        output = writer.stdout.read()
        writer.wait()
        whole = [int(line) for line in output.splitlines(keepends=True) if line.endswith("\n")]
        acknowledged = max([acknowledged, *whole]) + 1
        present = sorted(int(product.id.partition("-")[0]) for product in catalogue.products())
        batches = max(present) + 1
        assert batches in (acknowledged, acknowledged + 1)
        assert present == sorted(list(range(batches)) * 40)
        # Batches that were written but not acknowledged are written again.
        assert catalogue.page(Query(tags=["mug"], limit=1)).total == 40 * batches


# Processes that a shell starts in the background ignore interrupts, so restore the default handler.
QUERY = """
import signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
from pathlib import Path
from index.catalogue.database import Database
with Database(Path(sys.argv[1])).opened(read_only=True) as connection:
    print("open", flush=True)
    for _ in range(1000):
        connection.execute("SELECT count(*) FROM range(3000000) WHERE range * 7919 % 13 = 5").fetchall()
"""


def test_an_interrupt_within_a_query_is_an_interrupt(
    catalogue: Catalogue, tmp_path: Path, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DuckDB turns an interrupt into an error, and a command would report a bug when a user presses Ctrl+C."""
    # An interrupt can leave a lock of coverage taken, and then the process never ends.
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    asker = start(QUERY, tmp_path / "catalogue.duckdb")
    assert line_of(asker) == "open"
    time.sleep(0.3)
    asker.send_signal(signal.SIGINT)
    assert asker.wait() == -signal.SIGINT


CREATE = """
import sys
from pathlib import Path
from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
catalogue = Catalogue(Database(Path(sys.argv[1]) / "catalogue.duckdb"))
print("ready", flush=True)
catalogue.create()
"""


def test_a_kill_while_a_catalogue_is_made_leaves_it_whole_or_not_there(tmp_path: Path, start: Start) -> None:
    chance = random.Random(3)
    for number in range(4):
        folder = tmp_path / str(number)
        folder.mkdir()
        maker = start(CREATE, folder)
        assert line_of(maker) == "ready"
        time.sleep(chance.uniform(0.05, 0.4))
        maker.send_signal(signal.SIGKILL)
        maker.wait()
        catalogue = Catalogue(Database(folder / "catalogue.duckdb"))
        if not catalogue.exists:
            catalogue.create()
        assert catalogue.count() == 0
        shutil.rmtree(folder)


def test_a_sample_is_always_the_same_with_products_without_tags_first(catalogue: Catalogue, make: Make) -> None:
    products = [make(f"{n}", tags=("mug",) if n % 5 else ()) for n in range(50)]
    catalogue.upsert(products)
    sample = catalogue.sample(20)
    assert [bool(each.tags) for each in sample] == [False] * 10 + [True] * 10
    catalogue.delete([each.id for each in products])
    catalogue.upsert(products[::-1])
    assert catalogue.sample(20) == sample
    assert len(catalogue.sample(99)) == 50

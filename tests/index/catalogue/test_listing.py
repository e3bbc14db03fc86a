"""Text search, facets and sort orders, compared with a scan of every product."""

import random
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.catalogue.catalogue import Catalogue, LabelRow
from index.catalogue.database import Database
from index.catalogue.query import Coverage, Facets, Order, Query, TagCount
from index.catalogue.text_search import ngram_index as term_table
from index.catalogue.text_search.search_text import search_words, searchable
from index.product import Product

Make = Callable[..., Product]
Start = Callable[..., "subprocess.Popen[str]"]

WORDS = ("冰箱", "双门冰箱", "洗衣机", "mug", "MUG", "cupboard", "cup", "Ｘ", "a", "4k", "ß", "100%", "it's", "_")


def shelf(seed: int, size: int = 60) -> list[Product]:
    chance = random.Random(seed)

    def text(most: int) -> str:
        return " ".join(chance.choices(WORDS, k=chance.randint(0, most)))

    return [
        Product(str(number), text(4) or "mug", text(3), chance.choice(["zh", "en", "other"]), (chance.choice(WORDS),))
        for number in range(size)
    ]


def holds(product: Product, query: str) -> bool:
    parts = [searchable(part) for part in (product.title, product.description, *product.tags)]
    return all(any(word in part for part in parts) for word in search_words(query))


def ids(catalogue: Catalogue, text: str, order: Order = "newest") -> list[str]:
    return [each.id for each in catalogue.page(Query(text, order=order, limit=1000)).products]


def all_as_read(catalogue: Catalogue, products: Sequence[Product]) -> None:
    """Compare every search with a scan of the texts."""
    queries = [*WORDS, "门冰", "upbo", "mug 冰", "冰 mug cup", "板", "ug", "ss", "x"]
    for query in queries:
        assert sorted(ids(catalogue, query)) == sorted(each.id for each in products if holds(each, query)), query


@pytest.mark.slow
@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.integers(0, 10_000))
def test_search_finds_what_reading_finds_after_writing_replacing_and_deleting(catalogue: Catalogue, seed: int) -> None:
    catalogue.delete([product.id for product in catalogue.products()])
    catalogue.upsert(shelf(seed))
    replaced = shelf(seed + 1)[::2]
    catalogue.upsert(replaced)
    assert catalogue.delete(["1", "3", "no such id"]) == 2
    expected = {each.id: each for each in shelf(seed)} | {each.id: each for each in replaced}
    del expected["1"], expected["3"]
    assert {each.id: each for each in catalogue.products()} == expected
    all_as_read(catalogue, list(expected.values()))


def test_deleting_nothing_is_no_error(catalogue: Catalogue) -> None:
    assert catalogue.delete([]) == 0
    assert catalogue.delete(["x"]) == 0


def test_terms_are_made_anew_when_more_is_stale_than_not(
    catalogue: Catalogue, make: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_table, "LEAST_STALE", 5)
    rows = []
    for _ in range(8):
        catalogue.upsert([make("1", "双门冰箱"), make("2", "steel mug")])
        with duckdb.connect(str(tmp_path / "catalogue.duckdb"), read_only=True) as connection:
            rows += connection.execute("SELECT sum(len(numbers)) FROM terms").fetchone() or ()
    # Each write adds 3 and 4 grams. At the fourth write, six stale products exceed five, so the table is rebuilt.
    assert [int(count) for count in rows] == [7, 14, 21, 7, 14, 21, 7, 14]
    assert ids(catalogue, "门冰") == ["1"]
    assert ids(catalogue, "teel mug") == ["2"]


def test_long_texts_are_inverted_piece_by_piece(
    catalogue: Catalogue, make: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(term_table, "_CHUNK_CHARS", 10)
    catalogue.upsert([make(str(number), f"number {number:03} 冰箱") for number in range(20)])
    assert ids(catalogue, "冰箱 007") == ["7"]
    assert len(ids(catalogue, "冰箱")) == 20


@pytest.mark.parametrize(
    ("query", "titles", "expected"),
    [
        # First the exact phrase, then the words as whole words, then as parts of words; shorter titles first.
        ("red cup", ["cup red", "cupboard, redwood", "a red cup", "red cup"], [3, 2, 0, 1]),
        ("cup", ["cupboard", "tea cup", "cup, blue", "hiccup"], [1, 2, 3, 0]),
        ("冰箱", ["家用双门冰箱", "冰箱", "冰 箱"], [1, 0]),
        ("c++", ["learn c++", "c plus"], [0]),
    ],
)
def test_the_best_matches_come_first(
    catalogue: Catalogue, make: Make, query: str, titles: list[str], expected: list[int]
) -> None:
    catalogue.upsert([make(str(number), title) for number, title in enumerate(titles)])
    assert ids(catalogue, query, "relevance") == [str(number) for number in expected]


def test_a_title_comes_before_a_description(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", "pan", "a mug"), make("2", "a mug of steel, very large"), make("3", "x", tags=["mug"])])
    assert ids(catalogue, "mug", "relevance") == ["2", "3", "1"]


def test_words_of_two_parts_are_both_found_and_do_not_run_together(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", "双门冰", "箱子", tags=("家电", "厨房"))])
    assert ids(catalogue, "双门 箱子 厨房") == ["1"]
    assert ids(catalogue, "冰箱") == []
    assert ids(catalogue, "电厨") == []


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("newest", ["3", "2", "1"]),
        ("oldest", ["1", "2", "3"]),
        ("title", ["2", "3", "1"]),
        ("most_tags", ["2", "3", "1"]),
        ("fewest_tags", ["1", "3", "2"]),
    ],
)
def test_products_are_sorted(catalogue: Catalogue, make: Make, order: Order, expected: list[str]) -> None:
    catalogue.upsert([make("1", "c"), make("2", "a", tags=("x", "y")), make("3", "b", tags=("x",))])
    assert ids(catalogue, "", order) == expected


@pytest.fixture
def stocked(catalogue: Catalogue) -> Catalogue:
    catalogue.upsert(
        [
            Product("1", "Steel mug", "350 ml", "en", ("mug", "steel")),
            Product("2", "Blue mug", "", "en", ("mug",)),
            Product("3", "双门冰箱", "节能", "zh", ("fridge",)),
            Product("4", "冰箱 mug", "", "zh"),
        ]
    )
    catalogue.set_labels([LabelRow("mug", "kind", "en", "mug", 0), LabelRow("fridge", "kind", "zh", "冰箱", 0)])
    return catalogue


def test_facets_count_what_was_found(stocked: Catalogue) -> None:
    page, facets = stocked.browse(Query(), tags_per_facet=5)
    assert page.total == 4
    assert facets == Facets(
        {"en": 2, "zh": 2},
        {False: 2, True: 2},
        {True: 3, False: 1},
        [TagCount("mug", "kind", 2), TagCount("fridge", "kind", 1), TagCount("steel", "", 1)],
    )


def test_of_a_property_that_is_asked_for_the_others_are_counted_too(stocked: Catalogue) -> None:
    page, facets = stocked.browse(Query("mug", lang="zh"), tags_per_facet=5)
    assert [each.id for each in page.products] == ["4"]
    assert facets == Facets({"en": 2, "zh": 1}, {False: 1}, {False: 1}, [])
    page, facets = stocked.browse(Query(tags=["mug"], described=True, tagged=True), tags_per_facet=5)
    assert [each.id for each in page.products] == ["1"]
    assert facets == Facets(
        {"en": 1}, {False: 1, True: 1}, {True: 1}, [TagCount("mug", "kind", 1), TagCount("steel", "", 1)]
    )
    assert [each.id for each in stocked.page(Query(tagged=False)).products] == ["4"]
    assert [each.id for each in stocked.page(Query(described=False)).products] == ["4", "2"]


def test_each_facet_shows_so_many_of_its_tags(stocked: Catalogue) -> None:
    tags = stocked.browse(Query(), tags_per_facet=1)[1].tags
    assert tags == [TagCount("mug", "kind", 2), TagCount("steel", "", 1)]


def test_facets_agree_with_counting(catalogue: Catalogue) -> None:
    products = shelf(5, 200)
    catalogue.upsert(products)
    page, facets = catalogue.browse(Query("mug"), tags_per_facet=100)
    found = [each for each in products if holds(each, "mug")]
    assert page.total == len(found)
    assert {each.tag: each.count for each in facets.tags} == Counter(tag for each in found for tag in each.tags)
    assert facets.langs == Counter(each.lang for each in found)


def test_coverage_counts_what_the_products_of_each_language_have(stocked: Catalogue) -> None:
    assert stocked.coverage() == [Coverage("en", 2, 1, 2, 3), Coverage("zh", 2, 1, 1, 1)]


FORMAT_1 = """
ALTER TABLE products DROP COLUMN folded_title;
ALTER TABLE products DROP COLUMN folded_rest;
DROP TABLE parents;
DROP TABLE terms;
DROP TABLE upkeep;
DROP TABLE words;
UPDATE about SET format = 1;
"""
# Its searchable texts were folded only.
FORMAT_2 = """
UPDATE products SET folded_title = lower(title), folded_rest = lower(description);
DELETE FROM terms;
DROP TABLE words;
UPDATE about SET format = 2;
"""


def downgrade(path: Path, sql: str) -> Path:
    with duckdb.connect(str(path)) as connection:
        connection.execute(sql)
    return path


@pytest.mark.parametrize("former", [FORMAT_1, FORMAT_2])
def test_a_catalogue_of_an_earlier_format_is_brought_up_to_date_when_opened(
    catalogue: Catalogue, tmp_path: Path, former: str
) -> None:
    products = shelf(9)
    catalogue.upsert(products)
    # Replacing products leaves gaps in the numbers.
    catalogue.upsert(products[:10])
    downgrade(tmp_path / "catalogue.duckdb", former)
    upgraded = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    assert upgraded.labelling().parents == []
    assert {each.id: each for each in upgraded.products()} == {each.id: each for each in products}
    all_as_read(upgraded, products)
    upgraded.upsert([products[0]])
    all_as_read(upgraded, products)


UPGRADE = """
import sys
from pathlib import Path
from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
print("ready", flush=True)
Catalogue(Database(Path(sys.argv[1]))).count()
"""


def test_a_kill_while_the_format_is_changed_leaves_a_catalogue_that_opens(
    catalogue: Catalogue, tmp_path: Path, start: Start
) -> None:
    products = shelf(3, 3000)
    catalogue.upsert(products)
    chance = random.Random(1)
    for _ in range(4):
        downgrade(tmp_path / "catalogue.duckdb", FORMAT_1)
        process = start(UPGRADE, tmp_path / "catalogue.duckdb")
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        time.sleep(chance.uniform(0, 0.5))
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert len(ids(catalogue, "双门冰")) == min(1000, sum(holds(each, "双门冰") for each in products))
        assert catalogue.count() == 3000


WRITE = """
import sys
from pathlib import Path
from index.product import Product
from index.store import Store
with Store.writer(Path(sys.argv[1])) as store:
    for number in range(100_000):
        store.catalogue.upsert([Product(str(each), f"双门冰箱 {number:06}", "", "zh") for each in range(40)])
        print(number, flush=True)
"""


def test_after_a_kill_the_terms_are_those_of_the_products(catalogue: Catalogue, tmp_path: Path, start: Start) -> None:
    chance = random.Random(11)
    for _ in range(4):
        writer = start(WRITE, tmp_path)
        assert writer.stdout is not None
        assert writer.stdout.readline() == "0\n"
        time.sleep(chance.uniform(0, 0.5))
        writer.send_signal(signal.SIGKILL)
        writer.communicate()
        titles = {product.title for product in catalogue.products()}
        assert len(titles) == 1, "a batch is written whole or not at all"
        [number] = [title.split()[1] for title in titles]
        assert len(ids(catalogue, f"冰箱 {number}")) == 40
        assert catalogue.page(Query("双门冰箱")).total == 40


SPELLINGS = (
    ("Electric Kettle 1.7L, gray", ("kettles", "KETTLE™", "1.7 L", "1,7 l", "grey", "kettle-electric")),
    ("Grey wooden shelves", ("shelf", "gray", "Shelve", "shel", "grey", "woodn", "woodden", "owoden")),
    ("家用电热水壶500ml", ("電熱水壺", "500 ML", "500毫升", "热水")),
    ("Water-bottle 200×200 ★", ("water bottle", "bottles", "200*200", "200 x 200", "★", "botle", "bottlee", "bottel")),
)


@pytest.mark.parametrize(("title", "queries"), SPELLINGS)
def test_a_product_is_found_in_any_spelling_and_with_a_typing_error(
    catalogue: Catalogue, make: Make, title: str, queries: Sequence[str]
) -> None:
    catalogue.upsert([make("1", title=title), make("2", title="red mug 杯")])
    assert {query: ids(catalogue, query) for query in queries} == {query: ["1"] for query in queries}


def test_a_typing_error_is_only_looked_for_where_no_text_has_the_word(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", title="place mat"), make("2", title="plaice fillet"), make("3", title="cup")])
    assert ids(catalogue, "place") == ["1"]
    assert ids(catalogue, "plaice") == ["2"]
    # Both are one letter away; four letters are too few.
    assert sorted(ids(catalogue, "plasce")) == ["1", "2"]
    assert ids(catalogue, "cupp") == []


def test_new_tags_are_found_with_a_typing_error_too(catalogue: Catalogue, make: Make) -> None:
    catalogue.upsert([make("1", title="mug", tags=("porcelain",))])
    assert ids(catalogue, "porcelein") == ["1"]

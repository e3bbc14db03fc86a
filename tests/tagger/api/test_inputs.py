"""Products as files, tables, dictionaries and `Product` objects; progress reports of long work."""

import gzip
import json
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import duckdb
import pandas
import polars
import pyarrow
import pytest

from index.errors import BadInput, BadSetting, StoreLocked
from index.store import Store
from tagger import ReadingOptions, Tagger, make_product
from tagger.demo.paths import PRODUCTS

Records = Callable[[int], list[dict[str, Any]]]
MAKERS: dict[str, Callable[[list[dict[str, Any]]], Any]] = {
    "pandas": pandas.DataFrame,
    "Polars": polars.DataFrame,
    "Arrow": pyarrow.Table.from_pylist,
    "Arrow batches": lambda rows: pyarrow.Table.from_pylist(rows).to_reader(max_chunksize=2),
    "a list": list,
    "an iterator": iter,
}


@pytest.mark.parametrize("maker", MAKERS)
def test_products_are_the_same_wherever_they_come_from(unfitted: Tagger, records: Records, maker: str) -> None:
    rows = [*records(5), {"id": "5", "title": "Vase", "tags": None, "price": None}]
    done = unfitted.ingest(MAKERS[maker](rows))
    assert (done.read, done.accepted, done.rejected) == (6, 6, 0)
    found = [unfitted.product(str(number)) for number in range(6)]
    assert [(each.title, each.tags) for each in found] == [
        *((each["title"], tuple(each["tags"])) for each in records(5)),
        ("Vase", ()),
    ]


def test_products_of_the_program_are_taken_as_they_are(unfitted: Tagger) -> None:
    product = make_product("Steel kettle", "1.7 l", id="k", tags=["kettle", "kitchen"])
    assert unfitted.ingest([product]).accepted == 1
    assert unfitted.product("k") == product


def test_several_tables_come_in_at_once(unfitted: Tagger, records: Records) -> None:
    rows = records(6)
    assert unfitted.ingest(pandas.DataFrame(rows[:3]), polars.DataFrame(rows[3:])).accepted == 6


@pytest.mark.parametrize("maker", ["pandas", "Polars", "Arrow"])
def test_a_table_without_titles_is_refused_with_the_columns_it_has(unfitted: Tagger, maker: str) -> None:
    table = MAKERS[maker]([{"sku": "1", "name": "mug"}])
    with pytest.raises(BadInput, match="the table has no column 'title'; available: sku, name; name the title column"):
        unfitted.ingest(table)
    assert unfitted.ingest(table, columns={"title": "name", "id": "sku"}).accepted == 1
    assert unfitted.product("1").title == "mug"
    with pytest.raises(BadInput, match="the table has no column 'code'; available: name, sku"):
        unfitted.ingest(MAKERS[maker]([{"sku": "1", "name": "mug"}]), columns={"title": "name", "id": "code"})


def test_a_table_that_arrow_cannot_hold_is_refused_in_one_line(unfitted: Tagger) -> None:
    with pytest.raises(BadInput, match=r"the table cannot be read: .*tags") as refused:
        unfitted.ingest(pandas.DataFrame({"title": ["a", "b"], "tags": [["x"], 5]}))
    assert "\n" not in str(refused.value)


def test_records_that_cannot_be_taken_are_told_of_and_the_others_come_in(unfitted: Tagger) -> None:
    done = unfitted.ingest([{"id": "1", "title": "mug"}, {"name": "x"}, "lamp", {"id": "1", "title": "again"}])  # type: ignore[list-item]
    assert (done.read, done.accepted, done.rejected) == (4, 1, 3)
    told = [json.loads(line) for line in Path(done.rejects).read_text("utf-8").splitlines()]
    assert [(each["line"], each["reason"]) for each in told] == [
        (2, "no title"),
        (3, "a product must be a dict or a Product, not str"),
        (4, "duplicate id '1', first seen at records line 1"),
    ]


def test_many_products_are_read_from_a_table(fitted_shop: Tagger) -> None:
    table = polars.DataFrame({"title": ["mug no 9", "lamp no 8"]})
    assert [each[0].tag for each in fitted_shop.suggest_many(table)] == ["mug", "lamp"]
    assert fitted_shop.evaluate(pandas.DataFrame({"title": ["mug x"], "tags": ["mug"]})).n == 1


def test_a_function_is_told_how_far_the_work_is(unfitted: Tagger, records: Records) -> None:
    told: list[tuple[str, int, int]] = []
    unfitted.ingest(records(12), progress=lambda *step: told.append(step))
    assert set(told) == {("ingest", 12, 12)}
    told.clear()
    unfitted.ingest(iter(records(3)), progress=lambda *step: told.append(step))
    assert set(told) == {("ingest", 3, 3)}, "of an iterator the end is known when it is there"
    unfitted.fit(progress=lambda *step: told.append(step))
    assert ("encode", 0, 16) in told
    assert told[-1] == ("fit taggers", 6, 6)


@pytest.mark.parametrize("bars", ["tqdm", "rich"])
def test_bars_show_how_far_the_work_is(
    unfitted: Tagger, records: Records, bars: Any, capfd: pytest.CaptureFixture[str]
) -> None:
    unfitted.ingest(records(12), progress=bars)
    out, err = capfd.readouterr()
    assert "12/12" in err
    assert "ingest" in err
    assert out == ""
    with pytest.raises(BadSetting, match="no progress bar 'magic'; available: tqdm, rich, or a function"):
        unfitted.ingest(records(1), progress="magic")  # type: ignore[arg-type]


def test_what_is_read_while_it_comes_is_written_while_it_comes(unfitted: Tagger) -> None:
    stages: list[int] = []

    def many() -> Iterator[dict[str, Any]]:
        for number in range(10_001):
            if number == 10_000:
                stages.append(unfitted.info().products)
            yield {"id": str(number), "title": f"mug {number}"}

    assert unfitted.ingest(many()).accepted == 10_001
    assert stages == [10_000]


def test_another_process_that_writes_is_named(shop: Tagger) -> None:
    with Store.writer(shop.folder), pytest.raises(StoreLocked, match=r"writ"):
        shop.decide("add", "2", "gift")


def test_finetune_hands_its_settings_on(unfitted: Tagger, records: Records) -> None:
    unfitted.ingest(records(12))
    tagger = Tagger.open(unfitted.folder, settings={"finetune": {"ranks": 4}})
    with pytest.raises(BadSetting, match="finetune has no setting 'ranks'; available: "):
        tagger.finetune(epochs=1)
    with pytest.raises(BadSetting, match="the finetune setting seed must be a whole number, not 'x'"):
        unfitted.finetune(seed="x")  # type: ignore[arg-type]


@pytest.mark.slow
def test_finetune_trains_an_adapter_that_waits_for_the_next_fit(plugins: None, settings: Any, tmp_path: Path) -> None:
    small = {"batch_size": 8, "rank": 4, "max_target_tokens": 24, "validation_products": 4, "device": "cpu"}
    shop = Tagger.create(tmp_path / "shop", settings=settings | {"finetune": small})
    with gzip.open(PRODUCTS, "rt", encoding="utf-8") as file:
        shop.ingest(json.loads(line) for line in islice(file, 40))
    trained = shop.finetune(epochs=1)
    assert (trained.epochs, trained.as_dict()["best_epoch"]) == (1, 1)
    assert (shop.info().adapter, shop.info().adapter_waits) == (True, True)


def test_a_table_of_a_duckdb_file_is_added_like_a_file(unfitted: Tagger, tmp_path: Path) -> None:
    with duckdb.connect(str(tmp_path / "shop.duckdb")) as connection:
        connection.execute("CREATE TABLE old (id VARCHAR, title VARCHAR)")
        connection.execute("CREATE TABLE goods (id VARCHAR, title VARCHAR)")
        connection.execute("INSERT INTO goods VALUES ('d1', 'Egg cup')")
    with pytest.raises(BadInput, match="name one with --table: goods, old"):
        unfitted.ingest(tmp_path / "shop.duckdb")
    assert unfitted.ingest(tmp_path / "shop.duckdb", reading=ReadingOptions(table="goods")).accepted == 1

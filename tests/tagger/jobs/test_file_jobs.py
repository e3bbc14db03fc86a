import csv
import json
import os
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow.parquet
import pytest

from index.catalogue.catalogue import LabelRow
from index.errors import BadInput
from index.product import Product
from index.store import Store
from tagger.jobs.file_jobs import REJECTS, RESULTS, Batches, first, tagging
from tagger.jobs.job import Job, Status
from tagger.jobs.tag_file import record_of
from tagger.results import Answer

ROWS = 40
WAIT_S = 20


class Gate:
    """An engine that suggests the first word, one product at a time, and blocks at a chosen product."""

    def __init__(self) -> None:
        self.stop_at = ROWS + 1
        self.reached, self.go = threading.Event(), threading.Event()
        self.seen: list[str] = []

    def __call__(self, folder: Path, limit: int, batches: Iterator[list[Product]]) -> Iterator[list[dict]]:
        for batch in batches:
            for product in batch:
                if len(self.seen) == self.stop_at:
                    self.reached.set()
                    assert self.go.wait(WAIT_S)
                self.seen.append(product.id)
                yield [{**record_of(product, Answer([], {})), "tags": [product.title.split()[0], "=1+1"]}]


@pytest.fixture
def store(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store, store.publication("fitted", {}) as folder:
        (folder / "nothing").touch()
    return store


def batches_of(store, gate):
    return Batches(store.folder / "batches", tagging(store, gate), RESULTS)


@pytest.fixture
def gate():
    return Gate()


@pytest.fixture
def batches(store, gate):
    return batches_of(store, gate)


def upload(folder: Path, rows: int = ROWS, name: str = "in.csv") -> Path:
    lines = [f"{number},mug {number},red\n" for number in range(rows)]
    (folder / name).write_text("id,title,tags\n" + "".join(lines) + "x,,red\n", "utf-8")
    return folder / name


def ended(batches: Batches, token: str) -> Status:
    end = time.monotonic() + WAIT_S
    while batches.status(token).state in ("waiting", "running"):
        assert time.monotonic() < end
        time.sleep(0.01)
    return batches.status(token)


def test_a_file_is_tagged_and_its_result_there_in_every_kind(batches, tmp_path):
    token = batches.take(upload(tmp_path), "in.csv")
    assert not (tmp_path / "in.csv").exists()
    assert batches.status(token) == Status("new")
    batches.start(token, Job(""))
    status = ended(batches, token)
    assert (status.state, status.done, status.total) == ("done", ROWS, ROWS)
    records = first(batches.result(token, "tagged.jsonl"), 100)
    assert [each["title"] for each in records] == [f"mug {number}" for number in range(ROWS)]
    assert records[0]["tags"] == ["red", "mug", "=1+1"]
    assert pyarrow.parquet.read_table(batches.result(token, "tagged.parquet")).column("title").to_pylist() == [
        each["title"] for each in records
    ]
    with batches.result(token, "tagged.csv").open(encoding="utf-8", newline="") as file:
        assert [row["tags"] for row in csv.DictReader(file)] == ["red|mug|=1+1"] * ROWS
    [reject] = first(batches.result(token, REJECTS), 100)
    assert (reject["line"], reject["reason"]) == (ROWS + 2, "title and description are both empty")


def test_existing_tags_are_replaced_where_they_are_not_to_stay_and_no_cell_is_a_formula(batches, tmp_path):
    token = batches.take(upload(tmp_path, 2), "in.csv")
    batches.start(token, Job("", {"title": "title", "tags": "tags"}, keep=False))
    assert ended(batches, token).state == "done"
    assert first(batches.result(token, "tagged.jsonl"), 1)[0]["tags"] == ["mug", "=1+1"]
    (tmp_path / "evil.csv").write_text("title\n=1+1\n@sum\n-2\n+3\n", "utf-8")
    token = batches.take(tmp_path / "evil.csv", "evil.csv")
    batches.start(token, Job("", keep=False))
    assert ended(batches, token).state == "done"
    with batches.result(token, "tagged.csv").open(encoding="utf-8", newline="") as file:
        cells = [cell for row in csv.reader(file) for cell in row if cell]
    assert [cell for cell in cells if cell[0] in "=+-@"] == []


def test_work_is_stopped_and_goes_on_where_it_was(batches, gate, tmp_path):
    gate.stop_at = 10
    token = batches.take(upload(tmp_path), "in.csv")
    batches.start(token, Job(""))
    assert gate.reached.wait(WAIT_S)
    running = batches.status(token)
    assert (running.state, running.done, running.total) == ("running", 10, ROWS)
    assert running.rate > 0
    assert running.seconds_left == pytest.approx(30 / running.rate)
    batches.stop(token)
    gate.go.set()
    assert ended(batches, token).state == "stopped"
    with pytest.raises(BadInput, match="no such file"):
        batches.result(token, "tagged.csv")
    before = len(gate.seen)
    gate.stop_at = ROWS + 1
    batches.start(token, Job(""))
    status = ended(batches, token)
    assert (status.state, status.done, status.begun_with) == ("done", ROWS, before)
    assert gate.seen == [str(number) for number in range(ROWS)]


def test_after_a_restart_begun_work_is_stopped_work_and_goes_on(batches, gate, store, tmp_path):
    gate.stop_at = 5
    token = batches.take(upload(tmp_path), "in.csv")
    batches.start(token, Job("", limit=3))
    assert gate.reached.wait(WAIT_S)
    batches.stop(token)
    gate.go.set()
    ended(batches, token)
    gate.stop_at = ROWS + 1
    again = batches_of(store, gate)
    assert again.status(token).state == "stopped"
    assert again.job(token) == Job("in.csv", limit=3)
    again.start(token, again.job(token))
    assert ended(again, token).begun_with == 6
    assert batches_of(store, gate).status(token).state == "done"


def test_files_are_worked_on_one_after_another(batches, gate, tmp_path):
    gate.stop_at = 1
    one, two = (batches.take(upload(tmp_path, 3, name), name) for name in ("1.csv", "2.csv"))
    batches.start(one, Job(""))
    assert gate.reached.wait(WAIT_S)
    batches.start(two, Job(""))
    assert (batches.status(one).state, batches.status(two).state) == ("running", "waiting")
    batches.stop(two)
    gate.stop_at = ROWS
    gate.go.set()
    assert (ended(batches, one).state, ended(batches, two).state) == ("done", "stopped")


def test_a_failure_is_told(batches, store, tmp_path, gate):
    token = batches.take(upload(tmp_path), "in.csv")
    (store.folder / "manifest.json").unlink()
    batches.start(token, Job(""))
    status = ended(batches, token)
    assert status.state == "failed"
    assert "has no fitted models yet" in str(status.problem)


def test_a_wrong_file_leaves_nothing(batches, store, tmp_path):
    for name, content in (("a.csv", b""), ("a.exe", b"x"), ("a.csv", b"\x89PNG\0")):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(BadInput):
            batches.take(tmp_path / name, name)
        assert list((store.folder / "batches").glob("*")) == []
        assert not (tmp_path / name).exists()


@pytest.mark.parametrize("token", ["", "..", "../../etc", "a" * 22, "x" * 23, "\u0661" * 22])
def test_a_token_that_is_not_known_is_refused(batches, token):
    with pytest.raises(BadInput, match="no longer exists"):
        batches.result(token, "tagged.csv")


def test_only_the_results_can_be_had(batches, tmp_path):
    token = batches.take(upload(tmp_path), "in.csv")
    for name in ("file.csv", "job.json", "../../manifest.json", "tagged.csv"):
        with pytest.raises(BadInput, match="no such file"):
            batches.result(token, name)


def test_a_tag_that_the_product_has_by_another_name_is_not_added(batches, store, tmp_path):
    with Store.writer(store.folder):
        store.catalogue.set_labels([LabelRow("mug", "", "zh", "杯子", 0)])
    (tmp_path / "in.jsonl").write_text('{"title": "mug 1", "tags": ["杯子", "red"]}\n', "utf-8")
    token = batches.take(tmp_path / "in.jsonl", "in.jsonl")
    batches.start(token, Job(""))
    assert ended(batches, token).state == "done"
    assert first(batches.result(token, "tagged.jsonl"), 1)[0]["tags"] == ["杯子", "red", "=1+1"]


def test_a_stop_is_taken_back_by_a_start_with_the_job_of_that(batches, gate, tmp_path):
    gate.stop_at = 1
    busy, waiting = (batches.take(upload(tmp_path, 3, name), name) for name in ("1.csv", "2.csv"))
    batches.start(busy, Job(""))
    assert gate.reached.wait(WAIT_S)
    batches.start(waiting, Job(""))
    for token in (busy, waiting):
        batches.stop(token)
    batches.start(busy, Job(""))
    batches.start(waiting, Job("", {"title": "title", "tags": "tags"}, keep=False))
    gate.go.set()
    assert [ended(batches, token).state for token in (busy, waiting)] == ["done", "done"]
    assert first(batches.result(busy, "tagged.jsonl"), 1)[0]["tags"] == ["red", "mug", "=1+1"]
    assert first(batches.result(waiting, "tagged.jsonl"), 1)[0]["tags"] == ["mug", "=1+1"]


def test_while_a_file_is_tagged_anew_the_former_result_is_gone(batches, gate, store, tmp_path):
    token = batches.take(upload(tmp_path), "in.csv")
    batches.start(token, Job(""))
    assert ended(batches, token).state == "done"
    gate.seen.clear()
    gate.stop_at = 10
    batches.start(token, Job("", keep=False))
    assert gate.reached.wait(WAIT_S)
    with pytest.raises(BadInput, match="no such file"):
        batches.result(token, "tagged.csv")
    assert batches_of(store, gate).status(token).state == "stopped"
    gate.go.set()
    assert ended(batches, token).state == "done"


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_crash_is_told_and_the_next_file_gets_its_turn(store, gate, tmp_path):
    def engine(folder, limit, batches):
        if crashing:
            raise RuntimeError("no such thing")
        yield from gate(folder, limit, batches)

    crashing = [True]
    batches = batches_of(store, engine)
    token = batches.take(upload(tmp_path), "in.csv")
    batches.start(token, Job(""))
    status = ended(batches, token)
    assert (status.state, str(status.problem)) == ("failed", "RuntimeError")
    crashing.clear()
    batches.start(token, Job(""))
    assert ended(batches, token).state == "done"


def test_after_a_day_a_file_is_gone_also_where_no_other_comes(batches, gate, store, tmp_path):
    token = batches.take(upload(tmp_path), "in.csv")
    batches.start(token, Job(""))
    assert ended(batches, token).state == "done"
    os.utime(batches.folder(token), (0, 0))
    with pytest.raises(BadInput, match="no longer exists"):
        batches.result(token, "tagged.csv")
    left = batches.take(upload(tmp_path), "in.csv")
    os.utime(batches.folder(left), (0, 0))
    batches_of(store, gate)
    assert list((store.folder / "batches").iterdir()) == []


def test_what_is_old_is_forgotten_unless_it_is_being_worked_on(batches, gate, store, tmp_path):
    gate.stop_at = 1
    busy, old = (batches.take(upload(tmp_path, 3, name), name) for name in ("1.csv", "2.csv"))
    batches.start(busy, Job(""))
    assert gate.reached.wait(WAIT_S)
    for token in (busy, old):
        os.utime(batches.folder(token), (0, 0))
    new = batches.take(upload(tmp_path), "in.csv")
    assert {path.name for path in (store.folder / "batches").iterdir()} == {busy, new}
    with pytest.raises(BadInput, match="no longer exists"):
        batches.status(old)
    gate.go.set()
    ended(batches, busy)


def test_names_are_random_and_the_file_keeps_none_of_its_own(batches, tmp_path):
    tokens = {batches.take(upload(tmp_path, 1, f"x{number}.csv"), "../<b>.csv") for number in range(5)}
    assert {len(token) for token in tokens} == {22}
    assert len(tokens) == 5
    token = tokens.pop()
    assert sorted(path.name for path in batches.folder(token).iterdir()) == ["file.csv", "job.json"]
    assert json.loads((batches.folder(token) / "job.json").read_text())["name"] == "../<b>.csv"


def test_there_is_room_for_so_many_files_only(batches, tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.jobs.file_jobs._MOST_FILES", 2)
    for _ in range(2):
        batches.take(upload(tmp_path, 1), "in.csv")
    with pytest.raises(BadInput, match="no space for another file"):
        batches.take(upload(tmp_path, 1), "in.csv")


def test_where_there_is_no_room_the_files_of_an_hour_ago_are_forgotten(batches, tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.jobs.file_jobs._MOST_FILES", 2)
    old, young = (batches.take(upload(tmp_path, 1), "in.csv") for _ in range(2))
    hour_ago = time.time() - 3700
    os.utime(batches.folder(old), (hour_ago, hour_ago))
    new = batches.take(upload(tmp_path, 1), "in.csv")
    assert [batches.status(token).state for token in (young, new)] == ["new", "new"]
    with pytest.raises(BadInput, match="no longer exists"):
        batches.status(old)


def test_a_file_of_too_many_rows_is_not_read_into_memory(store, gate, tmp_path, monkeypatch):
    monkeypatch.setattr("tagger.jobs.file_jobs._MOST_ROWS", 10)
    batches = batches_of(store, gate)
    few, many = (batches.take(upload(tmp_path, n), "in.csv") for n in (9, 10))
    for token in (few, many):
        batches.start(token, Job(""))
    assert ended(batches, few).problem is None
    assert (
        str(ended(batches, many).problem) == "the file has more than 10 rows; use the command line, or split the file"
    )


def test_a_store_that_cannot_be_written_to_is_told(batches, store, tmp_path):
    (store.folder / "batches").write_text("in the way")
    with pytest.raises(BadInput, match="the file cannot be saved here"):
        batches.take(upload(tmp_path, 1), "in.csv")

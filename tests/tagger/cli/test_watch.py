"""A watched folder: new files are tagged and moved, each once, also after a kill."""

import csv
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

import pytest

from index.locks import exclusive
from tagger.watch import outcome
from tagger.watch.incoming import is_settled, new_files

Run = Callable[..., Any]

SHOP = "sku;name;keywords;price\n5001;Steel kettle 1½ l;kettle;19.90\n5002;Blue mug;;4.50\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "incoming"
    path.mkdir()
    return path


@pytest.fixture
def watch(tagweave: Run, stocked: Path, folder: Path) -> Run:
    """Look at the folder once, and return the result."""
    return lambda *options: tagweave("watch", stocked, folder, "--once", "--settle", 0, *options, "--json")


def files(folder: Path) -> list[str]:
    found = (path.relative_to(folder) for path in folder.rglob("*") if path.is_file())
    return sorted(str(path) for path in found if path.name != ".lock")


def test_a_new_file_is_tagged_as_it_came_and_moved_with_a_report(watch: Run, folder: Path) -> None:
    (folder / "autumn.csv").write_text(SHOP, "utf-8")
    result = watch().result
    assert (result["tagged"], result["failed"], result["waiting"]) == (1, 0, 0)
    assert files(folder) == ["done/autumn.csv", "tagged/autumn.csv", "tagged/autumn.csv.report.json"]
    assert (folder / "done/autumn.csv").read_text("utf-8") == SHOP
    rows = list(csv.reader((folder / "tagged/autumn.csv").read_text("utf-8").splitlines(), delimiter=";"))
    assert [[row[0], row[1], row[3]] for row in rows[1:]] == [
        ["5001", "Steel kettle 1½ l", "19.90"],
        ["5002", "Blue mug", "4.50"],
    ]
    report = json.loads((folder / "tagged/autumn.csv.report.json").read_text("utf-8"))
    assert report == result["reports"][0]
    assert (report["event"], report["file"], report["out"]) == ("tagged", "autumn.csv", "tagged/autumn.csv")
    assert (report["read"], report["tagged"], report["rejected"], report["rejects"]) == (2, 2, 0, "")
    assert watch().result["reports"] == []


def test_a_file_that_cannot_be_tagged_is_moved_aside_with_its_reason_and_the_next_one_goes_on(
    watch: Run, folder: Path
) -> None:
    (folder / "a.csv").write_text("price,stock\n1,2\n", "utf-8")
    (folder / "b.pdf").write_bytes(b"%PDF")
    (folder / "c.csv").write_text("title\nBlue mug\n", "utf-8")
    result = watch().result
    assert (result["tagged"], result["failed"]) == (1, 2)
    assert [path for path in files(folder) if path.startswith("failed")] == [
        "failed/a.csv",
        "failed/a.csv.report.json",
        "failed/b.pdf",
        "failed/b.pdf.report.json",
    ]
    report = json.loads((folder / "failed/a.csv.report.json").read_text("utf-8"))
    assert (report["event"], report["code"]) == ("failed", "file.no-title-column")
    assert "price, stock" in report["error"]
    assert json.loads((folder / "failed/b.pdf.report.json").read_text("utf-8"))["code"] == "file.unknown-kind"
    assert (folder / "tagged/c.csv").is_file()
    assert list((folder / ".tagweave").glob("[!.]*")) == []


def test_rejected_rows_lie_beside_the_result(watch: Run, folder: Path) -> None:
    (folder / "a.jsonl").write_text('{"title": "Blue mug"}\n{"title": 5}\n', "utf-8")
    [report] = watch().result["reports"]
    assert (report["tagged"], report["rejected"], report["rejects"]) == (1, 1, "tagged/a.jsonl.rejects.jsonl")
    [reject] = (folder / report["rejects"]).read_text("utf-8").splitlines()
    assert json.loads(reject)["line"] == 2


def test_a_kind_that_cannot_be_written_becomes_json_lines(watch: Run, folder: Path) -> None:
    (folder / "a.xml").write_text("<items><item><title>Blue mug</title></item></items>", "utf-8")
    assert watch().result["reports"][0]["out"] == "tagged/a.xml.jsonl"


def test_a_file_with_the_name_of_an_earlier_one_gets_a_number(watch: Run, folder: Path) -> None:
    for price in (1, 2):
        (folder / "daily.csv").write_text(f"title,price\nBlue mug,{price}\n", "utf-8")
        watch()
    assert [path for path in files(folder) if path.startswith("done")] == ["done/daily-2.csv", "done/daily.csv"]
    assert "Blue mug,2" in (folder / "tagged/daily-2.csv").read_text("utf-8")


def test_a_file_that_is_still_written_is_waited_for(tagweave: Run, stocked: Path, folder: Path) -> None:
    (folder / "a.csv").write_text("title\nBlue mug\n", "utf-8")
    # Copied with the time of the original.
    os.utime(folder / "a.csv", (0, 0))
    result = tagweave("watch", stocked, folder, "--once", "--settle", 60, "--json").result
    assert (result["tagged"], result["waiting"]) == (0, 1)
    assert files(folder) == ["a.csv"]


def test_hidden_files_and_those_of_programs_at_work_are_not_new(folder: Path) -> None:
    for name in (".a.csv", "b.csv.part", "c.csv~", "d.csv.crdownload", "e.csv"):
        (folder / name).write_text("title\nBlue mug\n", "utf-8")
    (folder / "sub.csv").mkdir()
    (folder / "link.csv").symlink_to(folder / "e.csv")
    assert [path.name for path in new_files(folder)] == ["e.csv"]


def test_a_file_settles_after_its_last_change(folder: Path) -> None:
    path = folder / "a.csv"
    path.write_text("title\n", "utf-8")
    assert not is_settled(path, 60)
    time.sleep(0.05)
    assert is_settled(path, 0.04)
    path.write_text("title\nBlue mug\n", "utf-8")
    assert not is_settled(path, 0.04)
    path.unlink()
    assert not is_settled(path, 0)


def _killed(*_: Any) -> NoReturn:
    raise KeyboardInterrupt


@pytest.mark.parametrize("at", ["write", "carry_out", "forget"])
def test_after_a_kill_a_file_is_neither_lost_nor_tagged_twice(
    watch: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    (folder / "autumn.csv").write_text(SHOP, "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(outcome.Outcome, at, _killed)
        assert watch().status == 130
    watch()
    assert files(folder) == ["done/autumn.csv", "tagged/autumn.csv", "tagged/autumn.csv.report.json"]


@pytest.mark.parametrize("moved", [0, 1])
def test_a_kill_between_two_moves_leaves_the_others_to_the_next_run(
    watch: Run, folder: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    (folder / "autumn.csv").write_text(SHOP, "utf-8")
    done: list[Path] = []

    def move(former: Path, new: Path) -> None:
        if len(done) == moved:
            raise KeyboardInterrupt
        done.append(new)
        os.rename(former, new)

    with monkeypatch.context() as patch:
        patch.setattr(outcome, "_move", move)
        assert watch().status == 130
    assert len(done) == moved
    assert watch().result["reports"] == []
    assert files(folder) == ["done/autumn.csv", "tagged/autumn.csv", "tagged/autumn.csv.report.json"]


def test_a_file_that_came_after_the_kill_under_the_same_name_is_another_one(
    watch: Run, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "a.csv").write_text("title\nBlue mug\n", "utf-8")
    with monkeypatch.context() as patch:
        patch.setattr(outcome.Outcome, "forget", _killed)
        assert watch().status == 130
    (folder / "a.csv").write_text("title\nSteel kettle\n", "utf-8")
    [report] = watch().result["reports"]
    assert report["out"] == "tagged/a-2.csv"
    assert "Steel kettle" in (folder / "done/a-2.csv").read_text("utf-8")


def test_one_process_at_a_time_watches_a_folder(watch: Run, folder: Path) -> None:
    (folder / ".tagweave").mkdir()
    with exclusive(folder / ".tagweave/.lock"):
        assert "another process watches" in watch().mistake


def test_files_stay_if_the_store_cannot_tag(tagweave: Run, tmp_path: Path, folder: Path, products: Path) -> None:
    tagweave("ingest", tmp_path / "raw", products)
    (folder / "a.csv").write_text("title\nBlue mug\n", "utf-8")
    assert tagweave("watch", tmp_path / "raw", folder, "--once", "--settle", 0, "--json").status == 2
    assert files(folder) == ["a.csv"]


def test_a_folder_that_is_not_there_is_a_mistake(tagweave: Run, stocked: Path, tmp_path: Path) -> None:
    assert "no folder" in tagweave("watch", stocked, tmp_path / "none", "--once").mistake


def test_a_webhook_needs_a_long_secret_and_an_address(watch: Run, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("0123456789abcdef\n", "utf-8")
    assert "at least 16 characters" in watch("--webhook", "http://localhost/").mistake
    wrong = watch("--webhook", "file:///etc/passwd", "--webhook-secret", tmp_path / "secret").mistake
    assert "is not the address of a webhook" in wrong

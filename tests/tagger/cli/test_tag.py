"""Tagging whole files, also with interruptions."""

import csv
import gzip
import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from index.locks import exclusive

Run = Callable[..., Any]

COLUMNS = ["id", "title", "description", "lang", "tags", "suggestions", "known", "reason"]
KEYS = ["read", "tagged", "rejected", "resumed", "out", "rejects", "seconds"]
# Files contain probabilities rounded to six digits.
ROUNDED = 1e-6
# Small batches leave time to kill the command between them.
BATCHES_OF_8 = "import tagger.jobs.tag_file; tagger.jobs.tag_file._BATCH = 8"


def records(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def killed_half_way(start: Run, folder: Path, source: Path, out: Path, *options: object) -> int:
    """Kill a run after a few batches. Return the number of complete records it left."""
    part = out.with_name(f"{out.name}.part")
    process = start("tag", folder, source, out, *options, err=out.with_suffix(".err"), before=BATCHES_OF_8)
    while not part.is_file() or part.read_bytes().count(b"\n") < 40:
        assert process.poll() is None, "the run ended before it could be killed"
        time.sleep(0.002)
    process.kill()
    process.wait()
    assert not out.exists()
    return part.read_bytes().count(b"\n")


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory, demo_lines: list[str]) -> Path:
    """A file of 125 products, several batches."""
    path = tmp_path_factory.mktemp("tag") / "in.jsonl"
    path.write_text("\n".join(demo_lines[1::20]) + "\n", "utf-8")
    return path


def test_tag_writes_every_product_in_order_with_its_tags_and_probabilities(
    tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path, made: Any
) -> None:
    out = tmp_path / "out.jsonl"
    result = tagweave("tag", stocked, unseen, out, "--json").result
    assert list(result) == KEYS
    assert (result["read"], result["tagged"], result["rejected"], result["resumed"]) == (31, 31, 0, 0)
    assert (result["out"], result["rejects"]) == (str(out), f"{out}.rejects.jsonl")
    written = records(out)
    assert [each["title"] for each in written] == [each["title"] for each in records(unseen)]
    threshold = made.fitted.result["threshold"]
    for each in written:
        assert list(each) == COLUMNS
        assert len(each["suggestions"]) == 10
        sure = {
            one["tag"]: one["probability"]
            for one in each["suggestions"]
            if abs(one["probability"] - threshold) > ROUNDED
        }
        assert set(each["tags"]) <= {one["tag"] for one in each["suggestions"]}
        accepted = [tag for tag, probability in sure.items() if probability >= threshold]
        assert [tag for tag in each["tags"] if tag in sure] == accepted
    assert sorted(path.name for path in tmp_path.iterdir()) == ["out.jsonl", "out.jsonl.rejects.jsonl"]


def test_tag_and_suggest_say_the_same(tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path) -> None:
    tagweave("tag", stocked, unseen, tmp_path / "out.jsonl", "--limit", 5)
    first = records(tmp_path / "out.jsonl")[0]
    tags = tagweave("suggest", stocked, f"{first['title']} {first['description']}", "--limit", 10, "--json").result[
        "tags"
    ]
    # The text is the same on one line, except for the end of the title.
    assert {each["tag"] for each in first["suggestions"][:3]} <= {each["tag"] for each in tags}


@pytest.mark.parametrize("name", ["out.csv", "out.csv.gz", "out.jsonl.gz", "out.parquet"])
def test_tag_writes_every_kind_of_file(tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path, name: str) -> None:
    tagweave("tag", stocked, unseen, tmp_path / "reference.jsonl")
    expected = records(tmp_path / "reference.jsonl")
    path = tmp_path / name
    assert tagweave("tag", stocked, unseen, path, "--json").result["tagged"] == 31
    if name == "out.parquet":
        assert pyarrow.parquet.read_table(path).to_pylist() == expected
        return
    text = (gzip.decompress(path.read_bytes()) if name.endswith(".gz") else path.read_bytes()).decode()
    if "jsonl" in name:
        assert [json.loads(line) for line in text.splitlines()] == expected
        return
    header, *rows = csv.reader(text.splitlines())
    assert header == COLUMNS
    # A list with a tag that another reader might split at its comma is JSON.
    listed = [json.loads(row[4]) if row[4].startswith("[") else row[4].split("|") for row in rows]
    assert listed == [each["tags"] for each in expected]
    assert sum(row[4].startswith("[") for row in rows) < len(rows)
    assert [json.loads(row[5]) for row in rows] == [each["suggestions"] for each in expected]


def test_what_was_tagged_can_be_ingested(tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path) -> None:
    tagweave("tag", stocked, unseen, tmp_path / "out.csv")
    result = tagweave("ingest", tmp_path / "store", tmp_path / "out.csv", "--json").result
    assert (result["accepted"], result["rejected"]) == (31, 0)


@pytest.mark.slow
def test_a_killed_run_goes_on_where_it_was_and_gives_the_same_file(
    tagweave: Run, start: Run, stocked: Path, whole: Path, tmp_path: Path
) -> None:
    out, reference = tmp_path / "out.csv", tmp_path / "reference.csv"
    assert tagweave("tag", stocked, whole, reference, "--json").result["resumed"] == 0
    safe = killed_half_way(start, stocked, whole, out)
    # Simulate a kill in the middle of writing a record.
    with (tmp_path / "out.csv.part").open("ab") as part:
        part.write(b'{"id": "cut sh')
    result = tagweave("tag", stocked, whole, out, "--json").result
    assert (result["read"], result["tagged"], result["resumed"]) == (125, 125, safe)
    assert out.read_bytes() == reference.read_bytes()
    assert not list(tmp_path.glob("*.part*"))


@pytest.mark.slow
def test_a_run_starts_anew_where_what_it_depends_on_has_changed(
    tagweave: Run, start: Run, stocked: Path, whole: Path, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(stocked, tmp_path / "store"))
    source, out = Path(shutil.copy2(whole, tmp_path / "in.jsonl")), tmp_path / "out.jsonl"
    assert killed_half_way(start, folder, source, out) >= 40
    left = {path.name: path.read_bytes() for path in tmp_path.glob("out.jsonl.part*")}

    def resumed(*options: object) -> int:
        """Tag again after the killed run. Return how many of its records were reused."""
        for name, content in left.items():
            (tmp_path / name).write_bytes(content)
        return int(tagweave("tag", folder, source, out, *options, "--json").result["resumed"])

    assert resumed() >= 40
    assert resumed("--limit", 3) == 0
    assert resumed("--map", "title=description", "--map", "description=title") == 0
    source.write_text(source.read_text("utf-8").replace("智能手表", "智能手环"), "utf-8")
    assert resumed() == 0
    tagweave("tag", folder, source, tmp_path / "reference.jsonl")
    assert out.read_bytes() == (tmp_path / "reference.jsonl").read_bytes()
    shutil.copy2(whole, source)
    assert resumed() >= 40
    os.utime(source, (1, 1))  # A new modification time is enough: the file may have changed without changing its size.
    assert resumed() == 0
    shutil.copy2(whole, source)
    assert tagweave("fit", folder).status == 0
    assert resumed() == 0


def test_a_file_is_never_overwritten_by_its_own_tags(
    tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path
) -> None:
    source = Path(shutil.copy(unseen, tmp_path / "in.jsonl"))
    (tmp_path / "link.jsonl").symlink_to(source)
    for out in (source, tmp_path / "link.jsonl", tmp_path / "." / "in.jsonl"):
        mistake = tagweave("tag", stocked, source, out).mistake
        assert mistake == f"the result would overwrite {source}; name another file"
    rejects = Path(shutil.copy(unseen, tmp_path / "out.jsonl.rejects.jsonl"))
    assert "would overwrite" in tagweave("tag", stocked, rejects, tmp_path / "out.jsonl").mistake
    assert source.read_bytes() == rejects.read_bytes() == unseen.read_bytes()


def test_two_runs_do_not_write_one_file_at_the_same_time(
    tagweave: Run, stocked: Path, unseen: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out.jsonl"
    with exclusive(Path(f"{out}.part.lock")):
        mistake = tagweave("tag", stocked, unseen, out).mistake
    assert mistake == f"another process is writing {out}; wait for it, or stop it"
    assert tagweave("tag", stocked, unseen, out, "--json").result["tagged"] == 31


def test_a_file_of_broken_rows_alone_gives_an_empty_result(
    tagweave: Run, stocked: Path, write: Run, tmp_path: Path
) -> None:
    result = tagweave("tag", stocked, write("in.jsonl", "{}\n"), tmp_path / "out.jsonl", "--json").result
    assert (result["read"], result["tagged"], result["rejected"]) == (1, 0, 1)
    assert (tmp_path / "out.jsonl").read_bytes() == b""


@pytest.mark.slow
def test_the_engine_ray_gives_the_same_answers(process: Run, stocked: Path, whole: Path, tmp_path: Path) -> None:
    process("tag", stocked, whole, tmp_path / "local.jsonl", "--json", before=BATCHES_OF_8)
    result = process("tag", stocked, whole, tmp_path / "ray.jsonl", "--engine", "ray", "--json", before=BATCHES_OF_8)
    assert result.result["tagged"] == 125
    assert (tmp_path / "ray.jsonl").read_bytes() == (tmp_path / "local.jsonl").read_bytes()

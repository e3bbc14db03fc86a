"""One process writes a store while others read it."""

import json
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Run = Callable[..., Any]


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A file that takes a while to ingest."""
    path = tmp_path / "many.jsonl"
    with path.open("w") as file:
        file.writelines(json.dumps({"id": f"{n}", "title": f"mug {n}"}) + "\n" for n in range(200_000))
    return path


def poll(done: Callable[[], bool], process: "subprocess.Popen[str]") -> None:
    """Wait until `done` returns true. Fail if the process ends before that."""
    end = time.monotonic() + 120
    while not done():
        assert process.poll() is None, "the process ended too soon"
        assert time.monotonic() < end
        time.sleep(0.01)


@pytest.mark.slow
def test_while_one_writes_another_writer_waits_or_is_refused_and_readers_go_on(
    tagweave: Run, start: Run, new_store: Run, many: Path, tmp_path: Path
) -> None:
    folder = new_store({"id": "blue", "title": "blue cup", "tags": ["cup", "blue"]})
    tagweave("fit", folder)
    err = tmp_path / "err.txt"
    # Small batches make it lock and write the catalogue many times.
    before = "import tagger.ingest; tagger.ingest._BATCH = 500"
    writer = start("ingest", folder, many, err=err, before=before)
    poll(lambda: "are safe" in err.read_text(), writer)
    for command in (["ingest", folder, many], ["fit", folder], ["finetune", folder]):
        outcome = tagweave(*command, "--wait", 0)
        assert "waiting" not in outcome.err
        assert outcome.mistake == f"another process is writing the store {folder}; wait for it, or stop it"
    counts = []
    for _ in range(3):
        counts.append(tagweave("info", folder, "--json").result["products"])
        assert tagweave("search", folder, "blue cup", "--json").result["total"] == 1
        assert tagweave("suggest", folder, "a blue cup", "--json").result["tags"][0]["tag"] in ("cup", "blue")
    assert writer.poll() is None, "the writer was done too soon to tell"
    assert counts == sorted(counts)
    assert counts[-1] > counts[0] > 1
    waiter = start("ingest", folder, tmp_path / "records.jsonl", err=tmp_path / "waiting.txt")
    said = f"waiting for process {writer.pid} that writes {folder} (at most 60 s)"
    poll(lambda: said in (tmp_path / "waiting.txt").read_text(), waiter)
    writer.kill()
    writer.wait()
    assert waiter.wait() == 0
    assert (tmp_path / "waiting.txt").read_text().count("waiting") == 1
    assert tagweave("ingest", folder, tmp_path / "records.jsonl", "--json").result["accepted"] == 1


def test_readers_do_not_keep_a_writer_from_its_work(tagweave: Run, start: Run, new_store: Run, tmp_path: Path) -> None:
    folder = new_store(*({"id": f"{n}", "title": f"mug {n}"} for n in range(500)))
    reading = (
        "import sys\nfrom pathlib import Path\nfrom index.store import Store\n"
        "catalogue = Store.open(Path(sys.argv.pop())).catalogue\n"
        "while True: catalogue.products(); print('read', file=sys.stderr, flush=True)\n#"
    )
    logs = [tmp_path / f"{n}.txt" for n in range(2)]
    readers = [start(folder, err=log, before=reading) for log in logs]
    for reader, log in zip(readers, logs, strict=True):
        poll(lambda log=log: "read" in log.read_text(), reader)
    assert tagweave("ingest", folder, tmp_path / "records.jsonl", "--json").result["accepted"] == 500
    for reader, log in zip(readers, logs, strict=True):
        assert reader.poll() is None
        assert set(log.read_text().splitlines()) == {"read"}

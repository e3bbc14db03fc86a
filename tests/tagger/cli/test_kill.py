"""After `kill -9` at any moment, acknowledged work is safe, and the same command run again completes."""

import json
import random
import re
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.product import Product
from index.store import FITTED, Store
from tagger.demo.paths import VOCABULARY
from tests.tagger.conftest import QUICK_TOML

Run = Callable[..., Any]

ROWS = 3000
SEED = 20
INGEST_MOMENTS = 10
FIT_MOMENTS = 10
BATCHES_OF_200 = "import tagger.ingest; tagger.ingest._BATCH = 200"
# Without Omikuji, whose random numbers have no seed, two runs of `fit` publish the same bytes.
SETTINGS = f"""{QUICK_TOML}[fusion.ranker]
rounds = 40
[taggers.generator]
enabled = false
[taggers.linear]
enabled = false
[taggers.pairs]
enabled = false
"""


def rows(colour: str) -> list[dict[str, Any]]:
    return [{"id": f"{n:05}", "title": f"{colour} mug {n}", "tags": [colour, f"kind {n % 40}"]} for n in range(ROWS)]


def written(path: Path, records: list[dict[str, Any]]) -> Path:
    path.write_text("".join(json.dumps(record, ensure_ascii=False) + "\n" for record in records), "utf-8")
    return path


def killed(start: Run, *arguments: object, err: Path, after_s: float, before: str = "") -> bool:
    """Kill the command after some seconds. Return whether it was still running."""
    process = start(*arguments, err=err, before=before)
    time.sleep(after_s)
    running = process.poll() is None
    process.kill()
    process.wait()
    assert "Traceback" not in err.read_text()
    return running


def seconds(start: Run, *arguments: object, err: Path, before: str = "") -> float:
    """Run the command to its end. Return the seconds it took."""
    begun = time.perf_counter()
    assert start(*arguments, err=err, before=before).wait() == 0, err.read_text()
    return time.perf_counter() - begun


def adapted(in_time: bool, *, begun: bool) -> float:
    """Return the factor that adjusts the expected run time, in case the machine was slower when it was measured."""
    if not in_time:
        return 0.8
    return 1.0 if begun else 1.1


def held(folder: Path) -> dict[str, Product]:
    return {product.id: product for product in Store.open(folder).catalogue.products()}


@pytest.mark.slow
def test_a_killed_ingest_keeps_every_row_it_called_safe(tagweave: Run, start: Run, tmp_path: Path) -> None:
    former = written(tmp_path / "former.jsonl", rows("blue"))
    path = written(tmp_path / "rows.jsonl", rows("red"))
    whole, full = tmp_path / "whole", tmp_path / "full"
    took = seconds(start, "ingest", whole, path, err=tmp_path / "err.txt", before=BATCHES_OF_200)
    expected = held(whole)
    assert tagweave("ingest", full, former, "--json").result["accepted"] == ROWS
    before = held(full)
    assert len(before) == len(expected) == ROWS
    moments = random.Random(SEED)
    safe_at_kills = []
    stopped = 0
    # A run that ended before it could be killed does not count, so there are spare attempts.
    for number in range(4 * INGEST_MOMENTS):
        if stopped == INGEST_MOMENTS:
            break
        folder, err = tmp_path / f"store-{number}", tmp_path / f"err-{number}.txt"
        replacing = number % 2 == 1  # Replace the rows of a full store, or ingest into an empty one.
        if replacing:
            shutil.copytree(full, folder)
        moment = moments.uniform(0, took)
        in_time = killed(start, "ingest", folder, path, err=err, after_s=moment, before=BATCHES_OF_200)
        stopped += in_time
        safe = max(map(int, re.findall(r"^(\d+) products are safe", err.read_text(), re.MULTILINE)), default=0)
        safe_at_kills.append(safe)
        took *= adapted(in_time, begun=bool(safe))
        if safe or replacing:
            assert tagweave("info", folder, "--json").result["products"] >= max(safe, len(before) * replacing)
            found = held(folder)
            assert [found[f"{n:05}"] for n in range(safe)] == [expected[f"{n:05}"] for n in range(safe)]
            others = before if replacing else expected
            assert all(product in (expected[id], others[id]) for id, product in found.items())
        result = tagweave("ingest", folder, path, "--json").result
        assert (result["read"], result["accepted"], result["rejected"]) == (ROWS, ROWS, 0)
        assert held(folder) == expected
    print(f"{stopped} runs were killed before their end; safe by then:", *safe_at_kills)
    assert stopped == INGEST_MOMENTS
    assert any(0 < safe < ROWS for safe in safe_at_kills), "no kill came in the midst of the work"


def published(folder: Path) -> dict[str, Any]:
    """Return the published files after verifying their checksums; JSON files are parsed to ignore the order of keys."""
    models, _ = Store.open(folder).published(FITTED)
    paths = (path for path in sorted(models.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(models)): json.loads(path.read_bytes()) if path.suffix == ".json" else path.read_bytes()
        for path in paths
    }


@pytest.mark.slow
def test_a_killed_fit_leaves_the_former_models_and_completes_when_run_again(
    tagweave: Run, start: Run, demo_lines: list[str], tmp_path: Path
) -> None:
    fresh = tmp_path / "fresh"
    fresh.mkdir()
    (fresh / "settings.toml").write_text(SETTINGS, "utf-8")
    labelled = written(tmp_path / "labelled.jsonl", [json.loads(line) for line in demo_lines[::10]])
    others = written(tmp_path / "others.jsonl", [{"title": row["title"]} for row in rows("blue")[:2500]])
    ingested = tagweave("ingest", fresh, labelled, others, "--vocabulary", VOCABULARY, "--json").result
    assert ingested["accepted"] == len(demo_lines[::10]) + 2500
    former = Path(shutil.copytree(fresh, tmp_path / "former"))
    assert tagweave("fit", former).status == 0
    more = written(tmp_path / "more.jsonl", [json.loads(line) for line in demo_lines[1::20]])
    for folder in (fresh, former):
        tagweave("ingest", folder, more)
    complete = Path(shutil.copytree(fresh, tmp_path / "complete"))
    took = seconds(start, "fit", complete, err=tmp_path / "err.txt")
    expected, superseded = published(complete), published(former)
    assert expected != superseded
    moments = random.Random(SEED)
    stopped = 0
    for chain, begun in enumerate((fresh, former)):
        folder = Path(shutil.copytree(begun, tmp_path / f"store-{chain}"))
        for number in range(FIT_MOMENTS // 2):
            err = tmp_path / f"err-{chain}-{number}.txt"
            in_time = killed(start, "fit", folder, err=err, after_s=moments.uniform(0.1, 1.0) * took)
            stopped += in_time
            took *= adapted(in_time, begun=True)
            info = tagweave("info", folder, "--json").result
            assert info["products"] == len(held(complete))
            assert info["fitted"] or begun is fresh
            if info["fitted"]:
                assert published(folder) in (expected, superseded)
                assert info["up_to_date"] is (published(folder) == expected)
        assert tagweave("fit", folder, "--json").result["products"] == len(demo_lines[::10]) + len(demo_lines[1::20])
        assert published(folder) == expected
        tags = tagweave("suggest", folder, "红色的智能手表", "--limit", 3, "--json").result["tags"]
        assert {"red", "smartwatch"} <= {each["tag"] for each in tags}
        assert tagweave("info", folder, "--json").result["up_to_date"] is True
        # The next writer removes what the killed runs left behind.
        tagweave("ingest", folder, more)
        assert [path.name for path in (folder / "models").iterdir()] == [
            Store.open(folder).manifest().publications[FITTED].folder
        ]
    print(f"{stopped} of {FIT_MOMENTS} runs were killed before their end")
    assert stopped >= 3, "most runs were done before they could be killed"

"""Compare with every rival that can be installed, on the same splits, and measure our own taggers separately.

    python -m benchmarks.quality [--only SYSTEM] ... [SET ...]

Each rival runs in its own virtual environment under .bench/rivals, created on its first run. All systems get the same
text (title and description as lower-case words, Chinese segmented with jieba's dictionary). A rival's threshold is the
best on the validation tenth; ours is the one that `fit` tuned without it. Existing results are kept; remove
.bench/quality to measure from scratch.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.datasets import split
from benchmarks.main_job import WORK, machine, tagweave
from benchmarks.measures import SystemOutput, by_set, figures, ndcg10, reliability, slices
from benchmarks.parts import ALL_PARTS, parts_of
from benchmarks.report import RESULTS, SETS, write_report
from finetune.seq2seq.dataset import read_labelled
from index.atomic import write_text
from index.encoders.weights import MINILM, WeightsSettings, find
from index.product import Product
from index.store import FITTED, Store
from index.text.tokens import words
from tagger.evaluation import metrics
from tagger.evaluation.bootstrap import mean_difference, micro_f1_difference
from tagger.load import open_pipeline
from tagger.types import Ranking, Suggestion

# One set per language, where every pair of our taggers is fused, and all but one.
PARTS_OF = ("en_bestbuy", "zh_crawl_categories")
FILE = RESULTS / "quality.json"
OURS = "fused"
_SCRIPTS = Path(__file__).parent / "rivals"
_READY = "quality-ready.json"
_SLICE = 100
_SHOWN = 50

# Packages of each script. scikit-learn extracts the features for rivals that have no extraction of their own.
RIVALS: Mapping[str, Sequence[str]] = {
    "linear": ("scikit-learn==1.9.1",),
    "trees": ("omikuji==0.5.2", "scikit-learn==1.9.1"),
    "fasttext_ova": ("fasttext-wheel==0.9.2", "numpy<2"),
    "pecos_xr": ("libpecos==1.2.8", "scikit-learn==1.6.1"),
    "annif_projects": ("annif[omikuji,fasttext,nn]==1.4.3",),
    "setfit_minilm": ("setfit==1.2.0", "torch==2.13.0"),
    "keywords": ("yake==0.7.3", "keybert==0.9.0", "torch==2.13.0"),
}


class Parts(NamedTuple):
    """The products of a set's three parts."""

    train: list[Product]
    validation: list[Product]
    test: list[Product]


def main(sets: Sequence[str], only: Sequence[str]) -> None:
    """Run what has no result yet, and compare all results. Exits with 1 if a rival failed."""
    failed = []
    for name in sets or SETS:
        paths = split(name, WORK / "data")
        parts = Parts(*(read_labelled(paths[part]) for part in Parts._fields))
        folder = WORK / "quality" / name
        _write_texts(parts, folder / "data")
        for rival, packages in RIVALS.items():
            if (not only or rival in only) and not _run_rival(rival, packages, folder):
                failed.append(f"{rival} on {name}")
        if not only or OURS in only:
            _run_ours(paths["train"], parts, folder)
        _keep(name, compare(folder, parts))
    if failed:
        raise SystemExit(f"not measured: {', '.join(failed)}")


def _write_texts(parts: Parts, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for part, products in parts._asdict().items():
        lines = ({"text": " ".join(words(product.text)), "tags": product.tags} for product in products)
        text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
        (folder / f"{part}.jsonl").write_text(text, "utf-8")
    tags = sorted({tag for product in parts.train for tag in product.tags})
    lines = ({"text": " ".join(words(tag)), "tags": [tag]} for tag in tags)
    text = "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines)
    (folder / "tags.jsonl").write_text(text, "utf-8")


def _run_rival(rival: str, packages: Sequence[str], folder: Path) -> bool:
    """Run a rival's script. Return whether it succeeded."""
    out = folder / rival
    out.mkdir(exist_ok=True)
    python = _environment(rival, packages)
    minilm = find(MINILM, WeightsSettings(WORK / "cache")).folder
    environment = {**os.environ, "MINILM": str(minilm), "HF_HUB_OFFLINE": "1", "OMP_WAIT_POLICY": "passive"}
    command = [python, _SCRIPTS / f"{rival}.py", folder / "data", out]
    with (folder / f"{rival}.log").open("w") as log:
        ended = subprocess.run(command, env=environment, stdout=log, stderr=subprocess.STDOUT, check=False)
    print(f"{folder.name}: {rival} {'done' if not ended.returncode else f'failed, see {log.name}'}", flush=True)
    return not ended.returncode


def _environment(rival: str, packages: Sequence[str]) -> Path:
    folder = WORK / "rivals" / rival
    python = folder / "bin" / "python"
    made = folder / "made-of.txt"
    if not made.is_file() or made.read_text() != "\n".join(packages):
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        subprocess.run([python, "-m", "pip", "install", "--quiet", *packages], check=True)
        made.write_text("\n".join(packages))
    return python


def _run_ours(train: Path, parts: Parts, folder: Path) -> None:
    out = folder / "ours"
    if (out / f"{OURS}.json").is_file():
        return
    out.mkdir(exist_ok=True)
    store = WORK / folder.name
    if not (store / _READY).is_file():
        tagweave("ingest", store, train)
        (store / _READY).write_text(json.dumps(tagweave("fit", store)), "utf-8")
    opened = Store.open(store)
    pipeline, thresholds = open_pipeline(opened), opened.published(FITTED)[1]["thresholds"]
    products = {"validation": parts.validation, "test": parts.test}
    rankings = {part: pipeline.rankings(asked) for part, asked in products.items()}
    found = {name: {part: said[name] for part, said in rankings.items()} for name in pipeline.taggers}
    found[OURS] = {part: pipeline.fuser.score(products[part], said).rankings(_SHOWN) for part, said in rankings.items()}
    fit = json.loads((store / _READY).read_text("utf-8"))
    if folder.name in PARTS_OF:
        found |= parts_of(opened, products, rankings)
    for name, of_parts in found.items():
        known = {"threshold": pipeline.threshold if name == OURS else thresholds.get(name)}
        seconds = {"fit": fit["seconds"]} if name == OURS else {}
        write_text(out / f"{name}.json", json.dumps({"seconds": seconds, **known, **of_parts}, ensure_ascii=False))


def compare(folder: Path, parts: Parts) -> dict[str, Any]:
    """Compute the metrics of every system that has a result, and compare ours with the best rivals."""
    saved = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(folder.glob("*/*.json"))}
    rivals = [path.stem for path in sorted(folder.glob("*/*.json")) if path.parent.name != "ours"]
    judged = {name: _system_output(result, parts) for name, result in saved.items()}
    found = {
        name: {**figures(each, parts.test, parts.train), "seconds": saved[name]["seconds"], "rival": name in rivals}
        for name, each in judged.items()
    }
    result: dict[str, Any] = {"machine": machine(), "products": [len(part) for part in parts], "systems": found}
    if rivals and OURS in judged:
        result["against"] = _against(judged, found, rivals, parts.test)
    if OURS in judged:
        result["slices"] = _slices(judged, [name for name in found if name not in rivals and _is_single(name)], parts)
        result["reliability"] = reliability(judged[OURS], parts.test)
        result["expected_f1"] = by_set(judged[OURS], parts.test)
    return result


def _system_output(result: Mapping[str, Any], parts: Parts) -> SystemOutput:
    gold = [product.tags for product in parts.validation]
    threshold = result.get("threshold")
    if threshold is None:
        threshold = metrics.best_threshold(_rankings(result["validation"]), gold)
    return SystemOutput(_rankings(result["test"]), threshold)


def _rankings(plain: Sequence[Sequence[tuple[str, float]]]) -> list[Ranking]:
    return [[Suggestion(tag, score) for tag, score in ranking] for ranking in plain]


def _against(
    judged: Mapping[str, SystemOutput], found: Mapping[str, Any], rivals: Sequence[str], test: Sequence[Product]
) -> dict[str, Any]:
    """Compare ours with the rival that has the best micro-F1, and with the one that has the best nDCG@10."""
    by_f1, by_ndcg = (max(rivals, key=lambda name: found[name][figure]) for figure in ("micro_f1", "ndcg@10"))
    gold = [product.tags for product in test]
    ours = judged[OURS]
    return {
        "micro_f1": {
            "rival": by_f1,
            **micro_f1_difference(judged[by_f1].accepted, ours.accepted, gold)._asdict(),
        },
        "ndcg@10": {
            "rival": by_ndcg,
            **mean_difference(ndcg10(judged[by_ndcg], test), ndcg10(ours, test))._asdict(),
        },
    }


def _is_single(name: str) -> bool:
    return name not in (OURS, ALL_PARTS) and "+" not in name and not name.startswith("without ")


def _slices(judged: Mapping[str, SystemOutput], singles: Sequence[str], parts: Parts) -> dict[str, Any]:
    """Compare the fused system with the closest single tagger on every slice of at least `_SLICE` products."""
    found = {}
    whole = {name: judged[name].accepted for name in (OURS, *singles)}
    for label, each in slices(parts.train, parts.test).items():
        if len(each.at) < _SLICE:
            continue
        gold = [[tag for tag in parts.test[place].tags if each.wanted(tag)] for place in each.at]
        wanted = {
            name: [[tag for tag in accepted[place] if each.wanted(tag)] for place in each.at]
            for name, accepted in whole.items()
        }
        against = {name: micro_f1_difference(wanted[name], wanted[OURS], gold) for name in singles}
        closest = min(against, key=lambda name: against[name].mean)
        found[label] = {"products": len(each.at), "single": closest, **against[closest]._asdict()}
    return found


def _keep(name: str, result: dict[str, Any]) -> None:
    saved = json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}
    FILE.write_text(json.dumps({**saved, name: result}, indent=1, ensure_ascii=False) + "\n", "utf-8")
    write_report()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--only", action="append", choices=[*RIVALS, OURS], default=[])
    options = parser.parse_args()
    main(options.sets, options.only)

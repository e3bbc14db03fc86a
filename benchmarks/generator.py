"""Measure the generator: alone and fused, before and after fine-tuning, on new tags, and its speed.

    python -m benchmarks.generator [--only STEP] ... [SET ...]

Steps: unchanged (the base as shipped), tuned (an adapter trained on the training part), new (a tenth of the rare tags
removed from the training part), short (the time of a short training), augmentation (adapters with different
augmentation), speed. Each result is written as soon as it is ready, and steps that have a result are skipped; remove
benchmarks/results/generator.json to measure from scratch.
"""

import argparse
import json
import random
import shutil
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import sacrebleu

from benchmarks.datasets import split
from benchmarks.main_job import WORK, machine, tagweave
from benchmarks.report import RESULTS, write_report
from finetune.pretraining.text_metrics import distinct, invention, rouge_l
from finetune.seq2seq.dataset import read_labelled
from index.product import Product
from index.store import Store
from tagger.evaluation.bootstrap import Accepted, counts, f1, micro_f1_difference
from tagger.generation.decoding import Written
from tagger.load import open_pipeline
from tagger.types import Ranking
from tagger.vocabulary import fold, stands

SETS = ("en_bestbuy", "zh_advertisegen")
FILE = RESULTS / "generator.json"
WITH_GENERATOR = "[taggers.generator]\nenabled = true\n"
# As many epochs as two cores train in half an hour; the adapters were still improving.
TUNED = "[finetune]\nepochs = 4\n"
READY = "benchmark-ready.json"
_SAMPLES = 1000
_RARE = 1000
_ROUNDS = 20
_SHORT = {"products": 2000, "epochs": 3}
_ABLATION = {"products": 600, "epochs": 3}


def main(sets: Sequence[str], only: Sequence[str]) -> None:
    """Run the steps that have no result yet."""
    for name in sets or SETS:
        parts = split(name, WORK / "data")
        for step, run in OF_A_SET.items():
            if step in (only or STEPS):
                _keep(f"{step} {name}", lambda run=run, name=name, parts=parts: run(name, parts))
    if "speed" in (only or STEPS):
        _keep("speed", lambda: speed((sets or SETS)[-1]))


def _keep(key: str, run: Any) -> None:
    if key not in _results():
        result = {"machine": machine(), **run()}
        # Read the file again: another run may have added a result in the meantime.
        FILE.write_text(json.dumps({**_results(), key: result}, indent=1, ensure_ascii=False) + "\n", "utf-8")
        write_report()
        print(key, json.dumps(result, ensure_ascii=False), flush=True)


def _results() -> dict[str, Any]:
    return json.loads(FILE.read_text("utf-8")) if FILE.is_file() else {}


def measure_unchanged(name: str, parts: dict[str, Path]) -> dict[str, Any]:
    """Compare a fit with the base as shipped against a fit without a generator."""
    without = _store(name, "", parts["train"], "")
    with_it = _store(name, "generator", parts["train"], WITH_GENERATOR)
    return _compare(without, with_it, parts["test"])


def measure_tuned(name: str, parts: dict[str, Path]) -> dict[str, Any]:
    """Train an adapter on the training part, and compare a fit with it against a fit without a generator."""
    without = _store(name, "", parts["train"], "")
    with_it = _store(name, "tuned", parts["train"], TUNED, finetune=True)
    return _compare(without, with_it, parts["test"])


def _store(name: str, kind: str, train: Path, settings: str, *, finetune: bool = False) -> Path:
    store = WORK / "-".join(filter(None, (name, kind)))
    ready = store / READY
    if not ready.is_file():
        _ingest(name, store, train, settings)
        adapter = tagweave("finetune", store) if finetune else {}
        ready.write_text(json.dumps({"adapter": adapter, "fit": tagweave("fit", store)}), "utf-8")
    return store


def _ingest(name: str, store: Path, train: Path, settings: str) -> None:
    store.mkdir(parents=True, exist_ok=True)
    (store / "settings.toml").write_text(settings, "utf-8")
    tagweave("ingest", store, train)
    if (WORK / name / "vectors").is_dir():
        shutil.copytree(WORK / name / "vectors", store / "vectors", dirs_exist_ok=True)


def _compare(without: Path, with_it: Path, test: Path) -> dict[str, Any]:
    products = read_labelled(test)
    gold = [product.tags for product in products]
    before, after = (open_pipeline(Store.open(store)) for store in (without, with_it))
    accepted = [
        [[each.tag for each in tags if each.accepted] for tags in pipeline.tag(products, 50)]
        for pipeline in (before, after)
    ]
    alone = tagweave("evaluate", with_it, test)["systems"]
    written = after.taggers["generator"].suggest(products, 50)
    threshold = Store.open(with_it).published("fitted")[1]["thresholds"]["generator"]
    return {
        "store": json.loads((with_it / READY).read_text("utf-8")),
        "generator": alone["generator"],
        "knn": alone["knn"],
        "fused": _f1(accepted[1], gold),
        "fused without": _f1(accepted[0], gold),
        "difference": micro_f1_difference(accepted[0], accepted[1], gold)._asdict(),
        "text": _text_figures(after, products, written, threshold),
    }


def _text_figures(pipeline: Any, products: list[Product], written: list[Ranking], threshold: float) -> dict[str, float]:
    said = [[tag for tag, score in ranking if score >= threshold] for ranking in written]
    gold = [list(product.tags) for product in products]
    lines, right = ([" | ".join(sorted(tags)) for tags in each] for each in (said, gold))
    near = pipeline.taggers["knn"].suggest(products, 50)
    found = invention(products, said, [[each.tag for each in ranking] for ranking in near], pipeline.vocabulary.tags)
    return {
        "exact f1": _f1(said, gold),
        "rouge l": rouge_l(said, gold),
        "bleu": sacrebleu.corpus_bleu(lines, [right], tokenize="zh").score,
        "distinct 1": distinct(said, 1),
        "distinct 2": distinct(said, 2),
        "new": found.new,
        "unsupported of new": found.unsupported_of_new,
    }


def new_tags(name: str, parts: dict[str, Path]) -> dict[str, Any]:
    """Remove a tenth of the rarer tags from the training products, and measure how often they are found in the text."""
    products = read_labelled(parts["train"])
    frequency = Counter(tag for product in products for tag in product.tags)
    rare = sorted(tag for tag, count in frequency.items() if count < _RARE)
    gone = set(random.Random(0).sample(rare, len(rare) // 10))
    path = WORK / "data" / f"{name}.without.jsonl"
    lines = (
        {"id": p.id, "title": p.title, "description": p.description, "tags": [tag for tag in p.tags if tag not in gone]}
        for p in products
    )
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), "utf-8")
    store = _store(name, "new", path, WITH_GENERATOR)
    test = read_labelled(parts["test"])
    results = open_pipeline(Store.open(store)).tag(test, 10)
    wanted = [
        {tag for tag in product.tags if tag in gone and stands(fold(tag), fold(product.text))} for product in test
    ]
    shown = [{each.tag: each for each in tags} for tags in results]
    found = [
        tag for tags, by_tag in zip(wanted, shown, strict=True) for tag in tags if tag in by_tag and by_tag[tag].new
    ]
    new = [(product, each.tag) for product, tags in zip(test, results, strict=True) for each in tags if each.new]
    unsupported = [tag for product, tag in new if not stands(fold(tag), fold(product.text))]
    return {
        "taken out": len(gone),
        "wanted": sum(map(len, wanted)),
        "found": len(found),
        "recall": len(found) / max(1, sum(map(len, wanted))),
        "new shown": len(new),
        "unsupported": len(unsupported) / max(1, len(new)),
    }


def short(name: str, parts: dict[str, Path]) -> dict[str, Any]:
    """Time a short training on part of the set."""
    return {**_SHORT, **_adapter(name, "short", parts["train"], _SHORT, {})}


def augmentation(name: str, parts: dict[str, Path]) -> dict[str, Any]:
    """Train short adapters on part of the set, each with a different augmentation."""
    adapters = {label: _adapter(name, label, parts["train"], _ABLATION, changed) for label, changed in _CHANGES.items()}
    return {**_ABLATION, "adapters": adapters}


def _adapter(name: str, label: str, train: Path, size: dict[str, int], changed: dict[str, float]) -> dict[str, float]:
    some = WORK / "data" / f"{name}.{size['products']}.jsonl"
    some.write_text("".join(train.read_text("utf-8").splitlines(keepends=True)[: size["products"]]), "utf-8")
    store = WORK / "-".join((name, "adapter", *label.split()))
    options = {"epochs": size["epochs"], **changed}
    _ingest(name, store, some, "\n".join(["[finetune]", *(f"{k} = {v}" for k, v in options.items())]))
    tuned = tagweave("finetune", store)
    return {key: tuned[key] for key in ("micro_f1", "validation_loss", "seconds")}


# Differences from the defaults of finetune.augmentation.
_CHANGES: dict[str, dict[str, float]] = {
    "defaults": {},
    "no changes": {"no_neighbours": 0.0, "neighbour_dropout": 0.0, "hidden_tag": 0.0, "sentence_swap": 0.0},
    "neighbours always": {"no_neighbours": 0.0, "neighbour_dropout": 0.0},
    "no hidden tags": {"hidden_tag": 0.0},
    "no sentence swap": {"sentence_swap": 0.0},
    "word dropout": {"word_dropout": 0.1},
    "value replacement": {"value_replacement": 0.2},
    "mixed language": {"mixed_language": 0.2},
}


def speed(name: str) -> dict[str, Any]:
    """Compare the engines at the same settings, alternating between them."""
    from index.encoders.weights import WeightsSettings
    from tagger.generation.bases import T5_PRODUCTS, find_base
    from tagger.generation.ctranslate2_engine import CTranslate2Writer
    from tagger.generation.decoding import Decoding
    from tagger.generation.torch_engine import TorchWriter
    from tagger.plugins.guarded_tagger import GuardedTagger
    from tagger.taggers.generator import GeneratorTagger

    test = read_labelled(split(name, WORK / "data")["train"])[:_SAMPLES]
    guarded = open_pipeline(Store.open(WORK / f"{name}-generator")).taggers["generator"]
    assert isinstance(guarded, GuardedTagger)
    generator = guarded.plugin
    assert isinstance(generator, GeneratorTagger)
    asked = [prompts[0] for prompts in generator.prompts(test)]
    base = find_base(T5_PRODUCTS, WeightsSettings(WORK / "cache"))
    engines = {
        "ctranslate2": CTranslate2Writer(base, None, Decoding(), WORK / "cache"),
        "transformers": TorchWriter(base, None, Decoding(), "cpu"),
    }
    seconds: dict[str, list[float]] = {name: [] for name in engines}
    for writer in engines.values():
        writer.write(asked[:2])
    for prompt in asked[:_ROUNDS]:
        for engine, writer in engines.items():
            start = time.perf_counter()
            writer.write([prompt])
            seconds[engine].append(time.perf_counter() - start)
    batches = []
    for number in range(5):
        start = time.perf_counter()
        engines["ctranslate2"].write(asked[32 * number : 32 * number + 32])
        batches.append((time.perf_counter() - start) / 32)
    firsts = {engine: [_first(each) for each in writer.write(asked)] for engine, writer in engines.items()}
    median = {engine: float(np.median(each)) for engine, each in seconds.items()}
    return {
        "median seconds": median,
        "ratio": median["transformers"] / median["ctranslate2"],
        "seconds of one in a batch of 32": float(np.median(batches)),
        "batch ratio": median["ctranslate2"] / float(np.median(batches)),
        "same first tag": float(np.mean([one == other for one, other in zip(*firsts.values(), strict=True)])),
        "products": len(asked),
    }


def _first(sequences: Sequence[Written]) -> str:
    best = sequences[0]
    return next((letter for letter, chance in best.letters.items() if chance > 0.5), next(iter(best.tags), ""))


OF_A_SET = {
    "unchanged": measure_unchanged,
    "tuned": measure_tuned,
    "new": new_tags,
    "short": short,
    "augmentation": augmentation,
}
STEPS = (*OF_A_SET, "speed")


def _f1(said: Accepted, gold: Accepted) -> float:
    return float(f1(counts(said, gold).sum(0)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="*", metavar="SET")
    parser.add_argument("--only", action="append", choices=STEPS, default=[])
    options = parser.parse_args()
    main(options.sets, options.only)

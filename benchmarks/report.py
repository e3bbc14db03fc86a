"""Write benchmarks/RESULTS.md from the results that are there."""

import json
from pathlib import Path
from typing import Any

from benchmarks.quality_report import draw, section

SETS = ("en_bestbuy", "en_flipkart", "en_fashion_styles", "en_myntra", "zh_advertisegen", "zh_crawl_categories")
RESULTS = Path(__file__).parent / "results"
_COLUMNS = ("micro_f1", "macro_f1", "precision@1", "precision@5", "recall@5", "recall@20", "ndcg@5", "ndcg@10", "ece")


def write_report() -> None:
    """Replace the report."""
    RESULTS.with_name("RESULTS.md").write_text(report(), "utf-8")


def report() -> str:
    """Write all saved results as Markdown."""
    saved = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    sets = [saved[name] for name in SETS if name in saved]
    parts = [_INTRODUCTION, _summary(sets), *(_section(each) for each in sets)]
    if "quality" in saved:
        draw(saved["quality"], RESULTS.parent)
        parts.append(section(saved["quality"]))
    if "encoders" in saved:
        parts.append(_encoders_section(saved["encoders"]))
    if "ingest" in saved:
        parts.append(_ingest_section(saved["ingest"]))
    if "catalogue" in saved:
        parts.append(_catalogue_section(saved["catalogue"]))
    if "generator" in saved:
        parts.append(_generator_section(saved["generator"]))
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
# Results

Written by `make bench` (`python -m benchmarks.main_job`); the JSON behind each table is in `results/`.

Each set is split by the MD5 of title and description: the first tenth is the test, the second is left for
development, the rest is ingested and fitted; of larger sets the first 8,000 products. Everything that is tuned
(ranker, calibration, thresholds, temperature) is tuned on out-of-fold predictions over the training part, so that no
figure below has seen its test products. The seed is 0; Omikuji's training takes none, so that a second run differs in
the third digit. Single taggers have a threshold of their own, tuned the same way. The generator takes part in its own
section only. No seconds of encoding mean that the store had its vectors from an earlier run."""


def _summary(sets: list[dict[str, Any]]) -> str:
    lines = ["## Fused against the best single tagger (micro-F1, test tenth)", ""]
    lines += ["| set | training products | fused | best single | gain | fit, s (encoding) |", "|---" * 6 + "|"]
    for each in sets:
        systems = each["test"]["systems"]
        single, best = max(((n, s["micro_f1"]) for n, s in systems.items() if n != "fused"), key=lambda pair: pair[1])
        fused = systems["fused"]["micro_f1"]
        fit = each["fit"]
        lines.append(
            f"| {each['set']} | {fit['products']:,} | **{fused:.4f}** | {best:.4f} ({single}) | {fused - best:+.4f} "
            f"| {fit['seconds']:.0f} ({fit['stages']['encode']:.0f}) |"
        )
    return "\n".join(lines)


def _section(result: dict[str, Any]) -> str:
    lines = [f"## {result['set']}", "", f"{result['test']['n']:,} test products. {_machine(result['machine'])}", ""]
    lines += [f"| system | {' | '.join(_COLUMNS)} |", "|---" * (len(_COLUMNS) + 1) + "|"]
    for system, figures in result["test"]["systems"].items():
        lines.append(f"| {system} | " + " | ".join(f"{figures[column]:.4f}" for column in _COLUMNS) + " |")
    return "\n".join(lines)


def _encoders_section(result: dict[str, Any]) -> str:
    lines = [
        "## Neighbours by the transformer, and by an encoder that the tags teach",
        "",
        "Written by `python -m benchmarks.encoders`: each votes alone, its threshold the best on the validation tenth; "
        f"fitting `tuned` trains its encoder. {_machine(result['machine'])}",
        "",
        "| set | knn, micro-F1 | tuned, micro-F1 | knn, nDCG@10 | tuned, nDCG@10 | fit tuned, s |",
        "|---" * 6 + "|",
    ]
    for name, each in result["sets"].items():
        figures = [each[voter][figure] for figure in ("micro_f1", "ndcg@10") for voter in ("knn", "tuned")]
        seconds = each["tuned"]["fit_seconds"]
        lines.append(f"| {name} | {' | '.join(f'{figure:.4f}' for figure in figures)} | {seconds:.0f} |")
    return "\n".join(lines)


def _ingest_section(result: dict[str, Any]) -> str:
    return (
        "## Ingest of zh_crawl_categories\n\n"
        f"{result['accepted']:,} of {result['read']:,} rows in {result['wall_seconds']:.1f} s, peak memory "
        f"{result['peak_mib']:,.0f} MiB. {_machine(result['machine'])}"
    )


def _catalogue_section(result: dict[str, Any]) -> str:
    found = result["substrings"]
    lines = [
        "## The catalogue's page",
        "",
        f"Written by `{result['command']}`: {result['products']:,} products, {result['page']} a page, what the page's "
        f"events take at the server (median of {result['repeats']}). "
        f"{_machine(result['machine'])}",
        "",
        "| question | ms |",
        "|---" * 2 + "|",
        *(f"| {name} | {taken:.0f} |" for name, taken in result["median_ms"].items()),
        "",
        f"Of {found['drawn']} pieces drawn from titles (Chinese, Latin, mixed), the first page had the very product "
        f"for {found['the product itself']}, for {found['a full page of others with the piece']} it was full of others "
        f"that have the piece too, and {len(found['not found'])} were not found.",
    ]
    return "\n".join(lines)


_GENERATOR = """\
## The generator

Written by `python -m benchmarks.generator`. `unchanged` is the base as it ships, which has read other products of some
of these sets ([its card](../tagger/weights/t5-products/README.md)) and sees the store's as neighbours; `tuned` has a
LoRA adapter from the training part. Alone is with its own threshold; the last columns are fused with it, the difference
to fused without it, and that difference's 95 % interval (paired bootstrap over products, 2,000 draws). All was measured
before `phrases` and the ranker's second pass came: fused figures are lower than those above."""


def _generator_section(results: dict[str, Any]) -> str:
    lines = [_GENERATOR, ""]
    lines += ["| base | set | alone | kNN alone | fused | difference | interval |", "|---" * 7 + "|"]
    for write in _STEPS:
        lines += [write(key, each) for key, each in results.items() if key.split()[0] in _STEPS[write]]
    return "\n".join(lines)


def _row_of_generator(key: str, each: dict[str, Any]) -> str:
    step, _, name = key.partition(" ")
    alone, knn, by = each["generator"]["micro_f1"], each["knn"]["micro_f1"], each["difference"]
    return (
        f"| {step} | {name} | {alone:.4f} | {knn:.4f} | {each['fused']:.4f} | {by['mean']:+.4f} "
        f"| {by['low']:+.4f} to {by['high']:+.4f} |"
    )


def _new_tags(key: str, each: dict[str, Any]) -> str:
    return (
        f"\nNew tags, {key.partition(' ')[2]}: {each['taken out']} tags were taken out of every training product. Of "
        f"{each['wanted']} of them that are right for a test product and stand in its text, {each['recall']:.1%} are "
        f"among its first ten, marked new. Of {each['new shown']} new tags shown, {each['unsupported']:.1%} do not "
        "stand in the text. (They are new to the store; the base has met them in other products.)"
    )


def _speed(key: str, each: dict[str, Any]) -> str:
    ours, theirs = (1000 * each["median seconds"][engine] for engine in ("ctranslate2", "transformers"))
    return (
        f"\nOne product: CTranslate2 {ours:.0f} ms, transformers {theirs:.0f} ms (medians, turn by turn), "
        f"{each['ratio']:.1f} times as fast; in batches of 32 CTranslate2 does {each['batch ratio']:.1f} times the "
        f"products a second, hardly more than its two cores: so small a model keeps a core busy with one product, and "
        f"padding costs what sharing the weights gains. The same first tag on {each['same first tag']:.1%} of "
        f"{each['products']:,} products."
    )


def _augmentation(key: str, each: dict[str, Any]) -> str:
    lines = [
        f"\nWhat is changed in training (`finetune.augmentation`), {key.partition(' ')[2]}, {each['products']:,} "
        f"products, {each['epochs']} epochs; figures on validation products, with their neighbours in the prompt.\n",
        "| changes | micro-F1 | loss | s |",
        "|---" * 4 + "|",
    ]
    lines += [
        f"| {label} | {tuned['micro_f1']:.4f} | {tuned['validation_loss']:.4f} | {tuned['seconds']:.0f} |"
        for label, tuned in each["adapters"].items()
    ]
    return "\n".join(lines)


def _short(key: str, each: dict[str, Any]) -> str:
    return (
        f"\n`finetune` on {each['products']:,} products of {key.partition(' ')[2]}, {each['epochs']} epochs: "
        f"{each['seconds'] / 60:.1f} minutes, micro-F1 {each['micro_f1']:.3f} on its validation products."
    )


_STEPS = {
    _row_of_generator: ("unchanged", "tuned"),
    _new_tags: ("new",),
    _short: ("short",),
    _augmentation: ("augmentation",),
    _speed: ("speed",),
}


def _machine(machine: dict[str, Any]) -> str:
    libraries = ", ".join(f"{name} {number}" for name, number in machine["libraries"].items())
    return (
        f"{machine['cpus']} cores ({machine['processor']}), Python {machine['python']}, {libraries}; {machine['date']}."
    )

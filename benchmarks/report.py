"""Write benchmarks/RESULTS.md from the saved results."""

import json
from pathlib import Path
from typing import Any

from benchmarks.leaderboard_report import leaderboard_section
from benchmarks.learning_report import bad_labels_section, draw_learning, learning_section
from benchmarks.quality_report import draw, section
from benchmarks.speed import report as speed_report

SETS = ("en_bestbuy", "en_flipkart", "en_fashion_styles", "en_myntra", "zh_advertisegen", "zh_crawl_categories")
RESULTS = Path(__file__).parent / "results"
_COLUMNS = ("micro_f1", "macro_f1", "precision@1", "precision@5", "recall@5", "recall@20", "ndcg@5", "ndcg@10", "ece")
_OF_ANYTHING = ("first", "second", "hierarchical_f1")


def write_report() -> None:
    """Replace the report."""
    RESULTS.with_name("RESULTS.md").write_text(report(), "utf-8")


def report() -> str:
    """Return all saved results as Markdown."""
    saved = {path.stem: json.loads(path.read_text("utf-8")) for path in sorted(RESULTS.glob("*.json"))}
    sets = [saved[name] for name in SETS if name in saved]
    parts = [_INTRODUCTION, _summary(sets), *(_section(each) for each in sets)]
    if "quality" in saved:
        draw(saved["quality"], RESULTS.parent)
        parts.append(section(saved["quality"]))
    if "speed" in saved:
        speed_report.draw_pictures(saved["speed"], RESULTS.parent)
        parts.append(speed_report.section(saved["speed"]))
    if "encoders" in saved:
        parts.append(_encoders_section(saved["encoders"]))
    if "anything" in saved:
        parts.append(_anything_section(saved["anything"]))
    if "ingest" in saved:
        parts.append(_ingest_section(saved["ingest"]))
    if "catalogue" in saved:
        parts.append(_catalogue_section(saved["catalogue"]))
    if "strangers" in saved:
        parts.append(_strangers_section(saved["strangers"]))
    if "bad_labels" in saved:
        parts.append(bad_labels_section(saved["bad_labels"]))
    if "leaderboard" in saved:
        parts.append(leaderboard_section(saved["leaderboard"]["sets"]))
    if "learning" in saved:
        draw_learning(saved["learning"]["sets"], RESULTS.parent)
        parts.append(learning_section(saved["learning"]["sets"]))
    if "day_one" in saved:
        parts.append(_day_one_section(saved["day_one"]))
    if "generator" in saved:
        parts.append(_generator_section(saved["generator"]))
    return "\n\n".join(parts) + "\n"


_INTRODUCTION = """\
# Results

Written by `make bench` (`python -m benchmarks.main_job`); the JSON behind each table is in `results/`.

Each set is sorted by the MD5 of title and description, and at most the first 8,000 products are used. The first tenth
is the test part, the second is reserved for development, and the rest is ingested and fitted. Everything that is tuned
(ranker, calibration, thresholds, temperature) is tuned on out-of-fold predictions over the training part, so no tuning
has seen the test products. The seed is 0. Omikuji's training accepts no seed, so another run differs in the third
digit. Each single tagger has its own threshold, tuned in the same way. The generator is used only in its own section.
An encoding time of 0 means that the store had its vectors from an earlier run."""


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
        "## Neighbour voting with the transformer and with an encoder trained on the tags",
        "",
        "Written by `python -m benchmarks.encoders`. Each tagger votes alone, with the best threshold on the "
        f"validation tenth. The fit time of `tuned` includes training its encoder. {_machine(result['machine'])}",
        "",
        "| set | knn, micro-F1 | tuned, micro-F1 | knn, nDCG@10 | tuned, nDCG@10 | fit of tuned, s |",
        "|---" * 6 + "|",
    ]
    for name, each in result["sets"].items():
        figures = [each[voter][figure] for figure in ("micro_f1", "ndcg@10") for voter in ("knn", "tuned")]
        seconds = each["tuned"]["fit_seconds"]
        lines.append(f"| {name} | {' | '.join(f'{figure:.4f}' for figure in figures)} | {seconds:.0f} |")
    return "\n".join(lines)


def _anything_section(result: dict[str, Any]) -> str:
    lines = [
        "## Any product, without labelled products",
        "",
        "Written by `python -m benchmarks.anything`: the store `anything` on products whose places in Shopify's "
        "taxonomy are known. The first category of the answer is compared with the right node: the shares with the "
        "right first and second level, and the hierarchical F1 over the sets of ancestors. "
        f"{_machine(result['machine'])}",
        "",
        "| set | products | first level | second level | hierarchical F1 |",
        "|---" * 5 + "|",
    ]
    for name, each in result["sets"].items():
        figures = [each[figure] for figure in _OF_ANYTHING]
        lines.append(f"| {name} | {each['n']:,} | {' | '.join(f'{figure:.3f}' for figure in figures)} |")
    means = [sum(each[figure] for each in result["sets"].values()) / len(result["sets"]) for figure in _OF_ANYTHING]
    lines.append(f"| mean | | {' | '.join(f'{mean:.3f}' for mean in means)} |")
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
        f"Written by `{result['command']}`: {result['products']:,} products, {result['page']} per page; server time of "
        f"the page's events (median of {result['repeats']}). "
        f"{_machine(result['machine'])}",
        "",
        "| request | ms |",
        "|---" * 2 + "|",
        *(f"| {name} | {taken:.0f} |" for name, taken in result["median_ms"].items()),
        "",
        f"{found['drawn']} pieces of titles (Chinese, Latin, mixed) were searched for. The first page contained the "
        f"product itself for {found['the product itself']}, it was full of other products that match for "
        f"{found['a full page of others with the piece']}, and {len(found['not found'])} were not found.",
    ]
    return "\n".join(lines)


_STRANGERS = """\
## Strangers

Written by `python -m benchmarks.strangers`. Products of kinds that a store does not have, and held-out products of its
own: how many of them come out as unknown (`known` is false), how many of the strangers get an accepted tag (in the
demo's shop: an accepted category or kind), and the micro-F1 of the own products, also if all of them counted as known.
No stranger takes part in a fit."""


def _strangers_section(results: dict[str, Any]) -> str:
    head = "| store | strangers | unknown | accepted | own products | unknown | micro-F1 | if all were known |"
    lines = [_STRANGERS, "", head, "|---" * 8 + "|"]
    for name, each in results.items():
        kind = "accepted category or kind" if name == "demo" else "accepted any"
        strange, own = each["strangers"], each["own"]
        origin = each.get("from", f"{len(each.get('kinds', ()))} kinds")
        lines.append(
            f"| {name} | {strange['products']} ({origin}) | {strange['unknown'] / strange['products']:.1%} "
            f"| {strange[kind] / strange['products']:.1%} | {own['products']} | {own['unknown'] / own['products']:.1%} "
            f"| {own['micro_f1']:.4f} | {own['micro_f1 if all were known']:.4f} |"
        )
    return "\n".join(lines)


_DAY_ONE = """\
## Day one

Written by `python -m benchmarks.day_one MODELS`. A store has the list of a set's tags and 2,000 training texts, a few
of them with labels. It is judged on at most 400 test products. The encoder and the names model were trained without the
set and its relatives. "At the best" is the micro-F1 at the threshold that is best on the test products; the ECE is that
of the first ten tags. Seed 0, one draw of labels."""


def _day_one_section(results: dict[str, Any]) -> str:
    head = "| set | labels | nDCG@10 | micro-F1 | at the best | best single tagger | ECE |"
    lines = [_DAY_ONE, "", head, "|---" * 7 + "|"]
    for name, of_set in results.items():
        for labels in sorted(map(int, of_set.keys() - {"machine"})):
            each = of_set[str(labels)]
            single = each["best single tagger"]
            alone = f"{single[0]} {single[1]:.3f}" if single else ""
            lines.append(
                f"| {name} | {labels} | {each['ndcg@10']:.3f} | {each['micro_f1']:.3f} "
                f"| {each['best micro_f1']:.3f} | {alone} | {each['ece']:.3f} |"
            )
    return "\n".join(lines)


_GENERATOR = """\
## The generator

Written by `python -m benchmarks.generator`. `unchanged` is the base as shipped. It was trained on other products of
some of these sets ([its card](../tagger/weights/t5-products/README.md)) and gets the store's products as neighbours.
`tuned` has a LoRA adapter trained on the training part. "Alone" is the generator with its own threshold. The last
columns are the micro-F1 of the fusion with the generator, its difference to the fusion without it, and the 95 %
interval of that difference (paired bootstrap over products, 2,000 draws). All of this was measured before `phrases` and
the ranker's second pass were added, so the fused figures are lower than those above."""


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
        f"\nNew tags, {key.partition(' ')[2]}: {each['taken out']} tags were removed from all training products. In "
        f"{each['wanted']} cases, one of them is correct for a test product and occurs in its text; in "
        f"{each['recall']:.1%} of these cases it is among the first ten suggestions, marked new. Of "
        f"{each['new shown']} new tags suggested, {each['unsupported']:.1%} do not occur in the text. (They are new to "
        "the store; the base has seen them in other products.)"
    )


def _speed(key: str, each: dict[str, Any]) -> str:
    ours, theirs = (1000 * each["median seconds"][engine] for engine in ("ctranslate2", "transformers"))
    return (
        f"\nOne product takes {ours:.0f} ms with CTranslate2 and {theirs:.0f} ms with transformers (medians of "
        f"alternating runs), a factor of {each['ratio']:.1f}. In batches of 32, CTranslate2 processes "
        f"{each['batch ratio']:.1f} times as many products per second, hardly more than its two cores would explain: a "
        f"single product keeps a core busy with so small a model, and padding costs what sharing the weights gains. "
        f"Both engines write the same first tag for {each['same first tag']:.1%} of {each['products']:,} products."
    )


def _augmentation(key: str, each: dict[str, Any]) -> str:
    lines = [
        f"\nAugmentation in training (`finetune.augmentation`), {key.partition(' ')[2]}, {each['products']:,} "
        f"products, {each['epochs']} epochs; measured on validation products, with their neighbours in the prompt.\n",
        "| augmentation | micro-F1 | loss | s |",
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

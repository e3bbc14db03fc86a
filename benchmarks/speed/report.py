"""The section of the report on speed."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.speed.aims import wanted
from benchmarks.speed.picture import PICTURE, draw

Results = Mapping[str, Any]

_INTRODUCTION = """\
## Speed

Written by `make bench-speed` (`python -m benchmarks.speed`); one part alone: `python -m benchmarks.speed encoder`.
Figures that are compared were measured in one process, in alternation, and are medians. "Wanted" is the aim for two
cores. The products are titles of `en_fashion_styles`: 7,200 in the store (its training and validation parts), 800 test
products, which are not in the store and whose vectors are not cached."""


def section(results: Results) -> str:
    """Return the whole section, with a table for each part that has a result."""
    parts = [
        _INTRODUCTION,
        _machines(results),
        _table(("figure", "measured", "wanted", "met"), [each.row() for each in wanted(results)]),
    ]
    for name, write in _WRITERS.items():
        if name in results:
            parts += write(results)
    return "\n\n".join(part for part in parts if part)


def draw_pictures(results: Results, folder: Path) -> None:
    """Draw the picture of one product's time, if it was measured."""
    if "profile" in results:
        draw(results["profile"], folder)


def _encoder(results: Results) -> list[str]:
    part = results["encoder"]
    rows = [
        f"| {label} | {name} | {each['engine']} | {each['texts_per_second']:.0f} | {each['batch_ratio']:.2f} "
        f"| {each['one_ms']:.1f} | {each['one_ratio']:.2f} | {each['alone_and_in_batch']:.1e} "
        f"| {each['lowest_cosine']:.4f} |"
        for label, kind in (("all", "full"), ("AVX2", "avx2"))
        for name, each in part[kind]["engines"].items()
    ]
    columns = (
        "instructions",
        "encoder",
        "engine",
        "texts/s",
        "ratio",
        "one text, ms",
        "ratio",
        "alone/batch",
        "cosine",
    )
    about = (
        f"{part['full']['texts']} texts of both languages, from short titles to long descriptions, in one call, and "
        f"{part['full']['single']} of them one at a time. Ratios are to sentence-transformers with the same weights. "
        '"Alone/batch" is the greatest difference of a component between a text alone and among all others; "cosine" '
        "is the lowest to the vectors of sentence-transformers."
    )
    return ["### Encoder", about, _table(columns, rows)]


def _index(results: Results) -> list[str]:
    part = results["index"]
    rows = [
        f"| {label} | {_cells(part['ms'][size], ('faiss', 'tagweave'), 2)} | {part['ratio'][size]:.2f} |"
        for label, size in ((f"batch of {part['batch']}", "batch"), ("one query", "one"))
    ]
    about = (
        f"The {part['k']} nearest of {part['vectors']:,} random unit vectors of width {part['width']}, with bare FAISS "
        "(`IndexFlatIP`) and with our index, which adds string ids and settles ties."
    )
    if "limits" in results:
        read = part["bytes_read_by_one"] / 1e6 / part["ms"]["one"]["tagweave"]
        bound = max(results["limits"]["gigabytes_per_second"].values())
        about += f" One query reads {read:.1f} GB/s; a copy of large arrays moves {bound:.1f} GB/s."
    return ["### Search", about, _table(("queries", "FAISS, ms", "ours, ms", "ratio"), rows)]


def _generator(results: Results) -> list[str]:
    part = results["generator"]
    engines = ("transformers", "ctranslate2")
    rows = [
        f"| {beams} | {_cells(each['one_ms'], engines, 0)} | {each['one_ratio']:.1f} "
        f"| {_cells(each['products_per_second'], engines, 1)} | {each['batch_ratio']:.1f} |"
        for beams, each in part["beams"].items()
    ]
    columns = ["beams", "transformers, ms", "CTranslate2, ms", "ratio"]
    columns += ["transformers, products/s", "CTranslate2, products/s", "ratio"]
    about = f"The same T5 and the same prompts of {part['products']} products, one at a time and all in one call."
    return ["### Generator", about, _table(columns, rows)]


def _pipeline(results: Results) -> list[str]:
    part = results["pipeline"]
    names = list(part["one"]["parts_ms"])
    rows = [
        f"| {label} | {_cells(each['parts_ms'], names, 1)} | {each['sum_ms']:.1f} "
        f"| {each['ms']['tag']:.1f} | {each['share']:.2f} |"
        for label, each in (("one product", part["one"]), ("batch of 64", part["batch"]))
    ]
    about = (
        "Milliseconds of each part when it is called alone, their sum, and the pipeline's; no generator, no evidence. "
        f"With evidence, one product takes {part['one']['ms']['explain']:.1f} ms."
    )
    return ["### Pipeline", about, _table(("", *names, "sum", "pipeline", "sum by pipeline"), rows)]


def _profile(results: Results) -> list[str]:
    return [f"![Time of one product with evidence, by part]({PICTURE})"]


def _start(results: Results) -> list[str]:
    part = results["start"]
    names = ("suggest", "tag", "serve", "demo", "fit")
    rows = [f"| {name} | {part[name]['wall_seconds']:.1f} | {part[name]['peak_mib']:,.0f} |" for name in names]
    about = (
        "Whole processes: `suggest` one product, `tag` 800 rows, `serve` and the demo's first start up to the first "
        "answered suggestion, `fit` on 7,200 titles without vectors."
    )
    return ["### Processes", about, _table(("process", "s", "peak MiB"), rows)]


def _rivals(results: Results) -> list[str]:
    part = results["rivals"]
    machine = part["rivals_machine"]
    rows = [
        f"| {name} | {each:.2f} | {each / part['tagweave_ms']:.3f} |"
        for name, each in {"Tagweave": part["tagweave_ms"], **part["rivals_ms"]}.items()
    ]
    about = (
        "Milliseconds per product to predict many products in one call. Tagweave was measured in this run; the rivals' "
        f"figures come from the comparison of quality ({machine['cpus']} cores, {machine['processor']}, "
        f"{machine['date']}), where they were fitted on 6,400 of the same products."
    )
    return ["### Other software", about, _table(("system", "ms per product", "ratio to ours"), rows)]


def _limits(results: Results) -> list[str]:
    part = results["limits"]
    each = part["encoder"]
    rows = [f"| {name} | {speed:,.0f} GFLOP/s |" for name, speed in part["gflops"].items()]
    rows += [f"| copy, {name} | {speed:.1f} GB/s |" for name, speed in part["gigabytes_per_second"].items()]
    about = (
        "Matrix products at the shapes of the encoder's feed-forward layers with nothing between them, and copies of "
        f"large arrays. The encoder ({each['engine']}) needs {each['gigaflop']:,.0f} GFLOP for {each['pieces']:,} "
        f"pieces of {each['texts']} texts (padding not counted) and reaches {each['gflops']:,.0f} GFLOP/s, "
        f"{each['share_of_products']:.0%} of the fastest products. For one text it reaches {each['one_gflops']:,.0f} "
        f"GFLOP/s: it takes {each['one_ms']:.1f} ms, and reading the weights once takes "
        f"{each['ms_to_read_the_weights']:.1f} ms at the bandwidth of a copy."
    )
    return ["### Limits of the machine", about, _table(("limit", "speed"), rows)]


_WRITERS: Mapping[str, Callable[[Results], list[str]]] = {
    "encoder": _encoder,
    "index": _index,
    "generator": _generator,
    "pipeline": _pipeline,
    "profile": _profile,
    "rivals": _rivals,
    "start": _start,
    "limits": _limits,
}


def _machines(results: Results) -> str:
    """Name the machines, and say how busy they were: figures from a busy machine are too high."""
    machines: dict[str, list[str]] = {}
    for name, part in results.items():
        of = part["machine"]
        label = f"{of['cpus']} cores ({of['processor']}), Python {of['python']}, {of['date']}"
        machines.setdefault(label, []).append(f"{name} {part['load']:.1f}")
    return "\n".join(f"{label}; load before each part: {', '.join(names)}." for label, names in machines.items())


def _cells(figures: Mapping[str, float], names: Sequence[str], places: int) -> str:
    return " | ".join(f"{figures[name]:.{places}f}" for name in names)


def _table(columns: Sequence[str], rows: Sequence[str]) -> str:
    if not rows:
        return ""
    return "\n".join([f"| {' | '.join(columns)} |", "|---" * len(columns) + "|", *rows])

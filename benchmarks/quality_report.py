"""Tables and plots of the results of benchmarks/quality.py."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

OURS = "fused"
_FIGURES = ("micro_f1", "macro_f1", "sample_f1", "ndcg@5", "ndcg@10", "psp@5", "ece", "brier", "coverage@95")
_INTRODUCTION = """\
## Comparison with other software

Written by `make bench-quality` (`python -m benchmarks.quality`). Every rival runs in its own environment with pinned
packages, on the same splits and the same text. A rival's threshold is the best on the validation tenth; ours was tuned
by `fit` without it. The differences in micro-F1 and nDCG@10 are to the best rival by that metric, with 95 % intervals
(paired bootstrap over products, 2,000 draws). SetFit runs only on sets with at most 250 tags. On two sets we also fuse
every pair of our taggers, and all but one, with a fifth of the trees; `all parts` fuses all taggers in the same way."""


def against_table(results: Mapping[str, Any]) -> str:
    """Return a table that compares ours with the best rival, one row per set."""
    lines = [
        "| set | micro-F1 | best rival | difference | nDCG@10 | best rival | difference | ECE | gold tags at 95 % "
        "precision |",
        "|---" * 9 + "|",
    ]
    lines += [_against_line(name, each) for name, each in results.items() if "against" in each]
    return "\n".join(lines)


def _against_line(name: str, each: Mapping[str, Any]) -> str:
    ours = each["systems"][OURS]
    cells = [f"**{ours['micro_f1']:.3f}**", *_rival(each, "micro_f1")]
    cells += [f"**{ours['ndcg@10']:.3f}**", *_rival(each, "ndcg@10")]
    return f"| {name} | {' | '.join(cells)} | {ours['ece']:.4f} | {ours['coverage@95']:.0%} |"


def _rival(each: Mapping[str, Any], figure: str) -> list[str]:
    by = each["against"][figure]
    theirs = each["systems"][by["rival"]][figure]
    return [f"{theirs:.3f} ({by['rival']})", f"{by['mean']:+.3f} ({by['low']:+.3f} to {by['high']:+.3f})"]


def section(results: Mapping[str, Any]) -> str:
    """Return the whole section: comparison with the best rivals, every system, slices."""
    parts = [_INTRODUCTION, against_table(results), "![micro-F1 of every system](quality.png)"]
    parts += ["![Precision of suggestions by probability](reliability.png)"]
    parts += ["### Acceptance: one threshold, or the best set per product", _acceptance(results)]
    for name, each in results.items():
        parts += [f"### {name}: every system", _systems(each)]
        if each.get("slices"):
            parts += [f"### {name}: slices, fused against the closest single tagger", _slices(each)]
    return "\n\n".join(parts)


def _systems(each: Mapping[str, Any]) -> str:
    lines = [f"| system | {' | '.join(_FIGURES)} | fit, s | predict, s |", "|---" * (len(_FIGURES) + 3) + "|"]
    ranked = sorted(each["systems"].items(), key=lambda item: -item[1]["micro_f1"])
    for name, figures in ranked:
        label = f"{name} (rival)" if figures["rival"] else name
        spent = (figures["seconds"].get(stage) for stage in ("fit", "predict"))
        seconds = " | ".join("" if each is None else f"{each:.0f}" for each in spent)
        lines.append(f"| {label} | {' | '.join(f'{figures[figure]:.4f}' for figure in _FIGURES)} | {seconds} |")
    return "\n".join(lines)


def _acceptance(results: Mapping[str, Any]) -> str:
    figures = ("micro_f1", "macro_f1", "sample_f1")
    lines = [
        f"| set | {' | '.join(figures)} | {' | '.join(f'{each}, best set' for each in figures)} |",
        "|---" * 7 + "|",
    ]
    for name, each in results.items():
        if "expected_f1" in each:
            pairs = (each["systems"][OURS], each["expected_f1"])
            lines.append(f"| {name} | {' | '.join(f'{of[figure]:.4f}' for of in pairs for figure in figures)} |")
    return "\n".join(lines)


def _slices(each: Mapping[str, Any]) -> str:
    lines = ["| slice | products | single tagger | difference in micro-F1 | 95 % interval |", "|---" * 5 + "|"]
    lines += [
        f"| {label} | {found['products']} | {found['single']} | {found['mean']:+.4f} "
        f"| {found['low']:+.4f} to {found['high']:+.4f} |"
        for label, found in each["slices"].items()
    ]
    return "\n".join(lines)


def draw(results: Mapping[str, Any], folder: Path) -> None:
    """Plot the micro-F1 of ours and every rival, and the reliability of our probabilities."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(results), figsize=(3.2 * len(results), 4.5), sharey=False)
    for axis, (name, each) in zip(_list(axes), results.items(), strict=True):
        systems = [(label, f) for label, f in each["systems"].items() if f["rival"] or label == OURS]
        systems.sort(key=lambda pair: pair[1]["micro_f1"])
        colours = ["#c2410c" if label == OURS else "#94a3b8" for label, _ in systems]
        axis.barh([label for label, _ in systems], [f["micro_f1"] for _, f in systems], color=colours)
        axis.set_title(name, fontsize=9)
        axis.tick_params(labelsize=6)
        axis.set_xlabel("micro-F1", fontsize=7)
    figure.tight_layout()
    figure.savefig(folder / "quality.png", dpi=110)
    pyplot.close(figure)
    _draw_reliability(results, folder / "reliability.png")


def _draw_reliability(results: Mapping[str, Any], path: Path) -> None:
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(4.5, 4.5))
    axis.plot([0, 1], [0, 1], color="#94a3b8", linewidth=1)
    for name, each in results.items():
        bins = each.get("reliability", [])
        axis.plot([b["probability"] for b in bins], [b["right"] for b in bins], marker="o", markersize=3, label=name)
    axis.set_xlabel("probability")
    axis.set_ylabel("share that is right")
    axis.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(path, dpi=110)
    pyplot.close(figure)


def _list(axes: Any) -> list[Any]:
    return list(axes.flat) if hasattr(axes, "flat") else [axes]

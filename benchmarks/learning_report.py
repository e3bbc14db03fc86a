"""Write the report's sections on what people correct."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

_SHARES = (0.90, 0.95)
_COLOURS = {"ours": "#c2410c", "random": "#475569", "margin": "#94a3b8", "coreset": "#0f766e", "badge": "#1d4ed8"}

_BAD_LABELS = """\
## Wrong labels

Written by `python -m benchmarks.bad_labels`. A share of the tags of labelled products is spoilt at random (seed 0):
every second is replaced by another tag of its facet, the others are taken away. The list of `tagweave check` is cut at
7 % of the number of tags for 5 % spoilt ones, at 14 % for 10 %. What else is listed need not be right: the sets have
errors of their own."""


def bad_labels_section(results: dict[str, Any]) -> str:
    """Return how many of the planted errors were found, by set and by share."""
    head = "| set | products | tags | spoilt | listed | cut at | replaced, found | removed, found | found |"
    lines = [_BAD_LABELS, "", head, "|---" * 9 + "|"]
    for name, by_share in results.items():
        for share, each in by_share.items():
            lines.append(
                f"| {name} | {each['products']:,} | {each['labels']:,} | {float(share):.0%} | {each['listed']:,} "
                f"| {each['cut']:,} | {each['found_replaced'] / each['replaced']:.1%} "
                f"| {each['found_removed'] / each['removed']:.1%} | {each['found']:.1%} |"
            )
    return "\n".join(lines)


_LEARNING = """\
## Which product to label next

Written by `python -m benchmarks.learning`, which says what is simulated: a light student, not the whole of `fit`, with
the names of all tags. The table has the labels that each order needs until its micro-F1 is 90 % and 95 % of that with
the labels of the whole pool, with their share of the pool in brackets (interpolated, mean of two seeds). `ours` is the
queue of the page.

![micro-F1 by the number of labels](learning.png)
"""


def learning_section(sets: Mapping[str, Mapping[str, Mapping[str, float]]]) -> str:
    """Return the labels that each order needs, by set."""
    names = list(_COLOURS)
    lines = [_LEARNING, f"| set | pool | full | share | {' | '.join(names)} |", "|---" * (4 + len(names)) + "|"]
    for name, runs in sets.items():
        [(pool, full)] = runs["full"].items()
        for share in _SHARES:
            needed = [_needed(runs, strategy, share * full) for strategy in names]
            cells = ["–" if each is None else f"{each:.0f} ({each / int(pool):.1%})" for each in needed]
            lines.append(f"| {name} | {int(pool):,} | {full:.4f} | {share:.0%} | {' | '.join(cells)} |")
    return "\n".join(lines)


def _needed(runs: Mapping[str, Mapping[str, float]], strategy: str, wanted: float) -> float | None:
    """Return the number of labels at which the mean of a strategy's runs reaches this micro-F1."""
    curve = _mean(runs, strategy)
    before = None
    for size, value in curve:
        if value >= wanted:
            if before is None or value == before[1]:
                return size
            return before[0] + (wanted - before[1]) / (value - before[1]) * (size - before[0])
        before = (size, value)
    return None


def _mean(runs: Mapping[str, Mapping[str, float]], strategy: str) -> list[tuple[int, float]]:
    own = [curve for name, curve in runs.items() if name.partition(" ")[0] == strategy]
    return [(int(size), sum(each[size] for each in own) / len(own)) for size in own[0]] if own else []


def draw_learning(sets: Mapping[str, Mapping[str, Mapping[str, float]]], folder: Path) -> None:
    """Plot the micro-F1 by the number of labels, one picture for all sets."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(sets), figsize=(3.6 * len(sets), 3.4), squeeze=False)
    for axis, (name, runs) in zip(axes.flat, sets.items(), strict=True):
        for strategy, colour in _COLOURS.items():
            curve = _mean(runs, strategy)
            axis.plot([size for size, _ in curve], [value for _, value in curve], color=colour, label=strategy)
        [full] = runs["full"].values()
        axis.axhline(0.95 * full, color="#cbd5e1", linewidth=1)
        axis.set_xscale("log")
        axis.set_title(name, fontsize=9)
        axis.set_xlabel("labels", fontsize=8)
    axes.flat[0].legend(fontsize=7, frameon=False)
    figure.tight_layout()
    figure.savefig(folder / "learning.png", dpi=110)
    pyplot.close(figure)

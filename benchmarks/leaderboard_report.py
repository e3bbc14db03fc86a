"""Write the leaderboard's part of the report."""

from collections.abc import Mapping
from typing import Any

_INTRODUCTION = """\
## Every method on one leaderboard

Written by `python -m benchmarks.leaderboard`. Products are split by their texts: eight tenths are trained on, one finds
the thresholds, one is measured. In en_bestbuy_deepest each product has one tag, its deepest category, and the accuracy
is that of the most probable tag; elsewhere it counts products with all tags right and no other. ms is the median time
of one answer by the saved system."""
_FIGURES = ("micro_f1", "macro_f1", "accuracy", "precision", "recall")


def leaderboard_section(sets: Mapping[str, Mapping[str, Any]]) -> str:
    """Return a table and a picture for each set."""
    parts = [_INTRODUCTION]
    for name, board in sets.items():
        head = f"### {name}: {board['training']:,} products trained on, {board['test']:,} measured"
        parts += [head, _table(board["systems"]), f"![F1 and training time on {name}](leaderboard_{name}.png)"]
    return "\n\n".join(parts)


def _table(systems: Mapping[str, Mapping[str, Any]]) -> str:
    lines = [f"| system | {' | '.join(_FIGURES)} | training s | ms | MB |", f"|---|{'---|' * (len(_FIGURES) + 3)}"]
    for name, figures in systems.items():
        values = [f"{figures[each]:.3f}" for each in _FIGURES]
        cost = [f"{figures['fit_seconds']:.1f}", f"{figures['ms']:.1f}", f"{figures['bytes'] / 1e6:.1f}"]
        lines.append(f"| {name} | {' | '.join([*values, *cost])} |")
    return "\n".join(lines)

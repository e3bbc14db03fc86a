"""A picture of where the time of one product goes."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

PICTURE = "speed.png"
_COLOURS = [
    "#c2410c",
    "#0f766e",
    "#1d4ed8",
    "#7c3aed",
    "#ca8a04",
    "#15803d",
    "#be185d",
    "#0891b2",
    "#475569",
    "#cbd5e1",
]


def draw(result: Mapping[str, Any], folder: Path) -> None:
    """Draw one bar from the parts' times."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axis = pyplot.subplots(figsize=(9, 2.4))
    left = 0.0
    for number, (name, spent) in enumerate(result["parts_ms"].items()):
        label = f"{name}, {spent:.2f} ms"
        axis.barh(0, spent, left=left, color=_COLOURS[number % len(_COLOURS)], label=label)
        left += spent
    axis.set_yticks([])
    axis.set_xlim(0, left)
    axis.set_xlabel(f"ms (medians over {result['products']} products)")
    axis.set_title("One product with evidence", fontsize=10)
    axis.legend(ncol=4, fontsize=7, loc="upper center", bbox_to_anchor=(0.5, -0.35), frameon=False)
    figure.savefig(folder / PICTURE, dpi=110, bbox_inches="tight")
    pyplot.close(figure)

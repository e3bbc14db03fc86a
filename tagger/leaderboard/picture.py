"""Draw a leaderboard: F1 against the time of the training."""

from pathlib import Path

from index.errors import BadInput
from tagger.leaderboard.board import Leaderboard

_KINDS = (".png", ".svg")
# The shortest time on the logarithmic axis.
_LEAST_S = 0.01


def draw_leaderboard(board: Leaderboard, path: Path) -> None:
    """Write a picture with a dot for each system: micro-F1 upwards, seconds of training to the right.

    Raises `BadInput` if the file is of another kind than .png and .svg, or cannot be written.
    """
    # Without pyplot: it would keep the figure, and look for a screen.
    from matplotlib.figure import Figure

    if path.suffix.lower() not in _KINDS:
        raise BadInput("leaderboard.picture", path=path, available=", ".join(_KINDS))
    figure = Figure(figsize=(9, 5.5), layout="constrained")
    axes = figure.add_subplot()
    for name, figures in board.systems.items():
        place = max(figures["fit_seconds"], _LEAST_S), figures["micro_f1"]
        axes.scatter(*place, color="#3366aa")
        axes.annotate(name, place, xytext=(5, 4), textcoords="offset points", fontsize=9)
    axes.set_xscale("log")
    axes.set_xlabel("seconds of training")
    axes.set_ylabel("micro-F1")
    axes.grid(alpha=0.3)
    try:
        figure.savefig(path, dpi=140, metadata={"Date": None} if path.suffix.lower() == ".svg" else {"Software": None})
    except OSError as error:
        raise BadInput("leaderboard.cannot-draw", path=path, reason=error.strerror) from error

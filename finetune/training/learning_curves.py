"""Learning curves: as CSV, as TensorBoard events and as a picture."""

import csv
import shutil
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

from tagger.jobs.learning_curves import CURVES

EVENTS = "events"


class Figures(NamedTuple):
    """A model's results on held-out products."""

    loss: float
    micro_f1: float


@dataclass(frozen=True)
class Epoch:
    """A training's state after an epoch; `micro_f1` is measured on validation products."""

    epoch: int
    steps: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    micro_f1: float
    seconds: float


def write_csv(history: Sequence[Epoch], path: Path) -> None:
    """Write one line per epoch."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Epoch)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in asdict(epoch).items()} for epoch in history)


def write_events(epochs: Sequence[Epoch], folder: Path) -> None:
    """Write epochs for TensorBoard; an interrupted run's events from the first of these epochs on are hidden."""
    from torch.utils.tensorboard import SummaryWriter

    # Write all epochs into one file: TensorBoard reads files in name order, and within a second names are not in order.
    with SummaryWriter(str(folder), purge_step=epochs[0].epoch) as writer:
        for epoch in epochs:
            for name, value in asdict(epoch).items():
                if name != "epoch":
                    writer.add_scalar(name, value, epoch.epoch)


def write_all(history: Sequence[Epoch], folder: Path) -> None:
    """Write the table, the events and the picture of a whole training."""
    write_csv(history, folder / CURVES)
    write_events(history, folder / EVENTS)
    write_picture(history, folder / "curves.png")


def remove(folder: Path) -> None:
    """Remove the table and the events if they exist."""
    (folder / CURVES).unlink(missing_ok=True)
    shutil.rmtree(folder / EVENTS, ignore_errors=True)


def write_picture(history: Sequence[Epoch], path: Path) -> None:
    """Draw the losses and micro-F1 over the epochs, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw(left, history, ("training_loss", "validation_loss"), "loss")
    _draw(right, history, ("micro_f1",), "micro-F1 of tags")
    figure.savefig(path, dpi=120)


def _draw(axes: Any, history: Sequence[Epoch], names: Sequence[str], title: str) -> None:
    epochs = [epoch.epoch for epoch in history]
    for name in names:
        axes.plot(epochs, [getattr(epoch, name) for epoch in history], marker=".", label=name.replace("_", " "))
    axes.set(title=title, xlabel="epoch")
    axes.grid(alpha=0.3)
    axes.legend()

"""Learning curves: as CSV, as TensorBoard events and as a picture."""

import csv
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Epoch:
    """Where a training stood after an epoch; losses are per token, `micro_f1` is that of the generated tags."""

    epoch: int
    steps: int
    learning_rate: float
    training_loss: float
    validation_loss: float
    micro_f1: float
    seconds: float


def write_csv(history: Sequence[Epoch], path: Path) -> None:
    """Write one line an epoch."""
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, [field.name for field in fields(Epoch)], lineterminator="\n")
        writer.writeheader()
        writer.writerows({name: f"{value:.6g}" for name, value in asdict(epoch).items()} for epoch in history)


def write_events(history: Sequence[Epoch], folder: Path) -> None:
    """Write the last epoch for TensorBoard; what an interrupted run wrote beyond it is not shown."""
    from torch.utils.tensorboard import SummaryWriter

    epoch = history[-1]
    with SummaryWriter(str(folder), purge_step=epoch.epoch) as writer:
        for name, value in asdict(epoch).items():
            if name != "epoch":
                writer.add_scalar(name, value, epoch.epoch)


def write_picture(history: Sequence[Epoch], path: Path) -> None:
    """Draw the losses and micro-F1 over the epochs, as PNG."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 3.2), layout="constrained")
    left, right = figure.subplots(1, 2)
    _draw(left, history, ("training_loss", "validation_loss"), "loss per token")
    _draw(right, history, ("micro_f1",), "micro-F1 of generated tags")
    figure.savefig(path, dpi=120)


def _draw(axes: Any, history: Sequence[Epoch], names: Sequence[str], title: str) -> None:
    epochs = [epoch.epoch for epoch in history]
    for name in names:
        axes.plot(epochs, [getattr(epoch, name) for epoch in history], marker=".", label=name.replace("_", " "))
    axes.set(title=title, xlabel="epoch")
    axes.grid(alpha=0.3)
    axes.legend()

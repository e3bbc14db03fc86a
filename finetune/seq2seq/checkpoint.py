"""Where an interrupted training goes on: one file, replaced in one step."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from finetune.seq2seq.learning_curves import Epoch
from tagger.generation.bases import reading

NAME = "checkpoint.pt"


@dataclass(frozen=True)
class Checkpoint:
    """A training after some epochs; `identity` names what is trained on what, `best` are the best weights so far."""

    identity: str
    history: tuple[Epoch, ...]
    weights: Mapping[str, torch.Tensor]
    best: Mapping[str, torch.Tensor]
    optimizer: Mapping[str, Any]


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Replace the checkpoint in the folder; a kill at any moment leaves the old or the new one."""
    folder.mkdir(parents=True, exist_ok=True)
    building = folder / f"{NAME}.part"
    plain = {
        "identity": checkpoint.identity,
        "history": [asdict(epoch) for epoch in checkpoint.history],
        "weights": dict(checkpoint.weights),
        "best": dict(checkpoint.best),
        "optimizer": dict(checkpoint.optimizer),
    }
    with building.open("wb") as file:
        torch.save(plain, file)
        file.flush()
        os.fsync(file.fileno())
    building.replace(folder / NAME)


def load(folder: Path, identity: str, device: torch.device) -> Checkpoint | None:
    """Return the checkpoint of this very training, `None` where there is none or that of another one."""
    path = folder / NAME
    if not path.is_file():
        return None
    with reading("checkpoint", path):
        read = torch.load(path, map_location=device, weights_only=True)
        history = tuple(Epoch(**epoch) for epoch in read.pop("history"))
        checkpoint = Checkpoint(history=history, **read)
    return checkpoint if checkpoint.identity == identity else None

"""Checkpoints: one file for each training, replaced atomically, and at most two files."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import torch

from finetune.training.learning_curves import Epoch
from finetune.training.resumption import Identity
from index.atomic import replace_file
from index.errors import StaleArtifact
from index.messages import mark
from tagger.generation.bases import reading

_FILES = "checkpoint*.pt"
# The current training and the previous one.
_KEPT = 2


@dataclass(frozen=True)
class Checkpoint:
    """A training's state after some epochs; `best` holds the best weights so far.

    `begun` is the epoch whose weights it started from, 0 for untrained weights. A file of an earlier version has no
    `identity`.
    """

    identity: Identity | None
    begun: int
    history: tuple[Epoch, ...]
    weights: Mapping[str, torch.Tensor]
    best: Mapping[str, torch.Tensor]
    optimizer: Mapping[str, Any]


def path_of(folder: Path, identity: Identity) -> Path:
    """Return a training's file; its name does not depend on the products."""
    return folder / f"checkpoint-{identity.key()}.pt"


def save(checkpoint: Checkpoint, folder: Path) -> None:
    """Replace this training's checkpoint; a kill at any moment leaves the old or the new one.

    Of other trainings, only the latest checkpoint is kept.
    """
    assert checkpoint.identity
    folder.mkdir(parents=True, exist_ok=True)
    path = path_of(folder, checkpoint.identity)
    plain = {
        "identity": asdict(checkpoint.identity),
        "begun": checkpoint.begun,
        "history": [asdict(epoch) for epoch in checkpoint.history],
        "weights": dict(checkpoint.weights),
        "best": dict(checkpoint.best),
        "optimizer": dict(checkpoint.optimizer),
    }
    with replace_file(path) as building:
        torch.save(plain, building)
    for former in [each for each in _newest_first(folder) if each != path][_KEPT - 1 :]:
        former.unlink()


def load_all(folder: Path, device: torch.device) -> dict[Path, Checkpoint]:
    """Read all checkpoints of a folder, the newest first; raises `StaleArtifact` if one is damaged."""
    return {path: load(path, device) for path in _newest_first(folder)}


def load(path: Path, device: torch.device) -> Checkpoint:
    """Read a checkpoint; raises `StaleArtifact` if it is damaged."""
    try:
        with reading(mark("model.checkpoint"), path):
            return _read(torch.load(path, map_location=device, weights_only=True))
    except StaleArtifact as error:
        raise StaleArtifact("finetune.checkpoint-damaged", error=error) from error


def _read(content: dict[str, Any]) -> Checkpoint:
    named = content.pop("identity")
    history = tuple(Epoch(**epoch) for epoch in content.pop("history"))
    # Earlier versions stored one hash of everything.
    identity = None if isinstance(named, str) else Identity(**named)
    return Checkpoint(**{"begun": 0, **content, "identity": identity, "history": history})


def _newest_first(folder: Path) -> list[Path]:
    return sorted(folder.glob(_FILES), key=lambda path: (path.stat().st_mtime_ns, path.name), reverse=True)

"""Train the last layers of the encoder on catalogues, from the states below them; a killed training resumes."""

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F  # noqa: N812 - its usual name

from finetune.products.catalogues import TrainingCatalogue
from finetune.products.hidden_states import HiddenStates
from finetune.products.objectives import name_loss, text_loss
from finetune.training.resumption import fingerprint
from index.atomic import replace_file
from index.progress import Progress

_SAVE_EVERY = 50
_MASKED = -1e4


@dataclass(frozen=True)
class LayerSettings:
    """How the layers are trained; `adjustment` weighs the logarithm of the tags' shares, `neighbours` the text loss.

    `kept` is the share of the change that is kept in the end: part of the way back to the weights before the training,
    a model does better on data of another kind (Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022).
    """

    layers: int = 4
    steps: int = 600
    texts: int = 64
    names: int = 192
    text_tokens: int = 64
    name_tokens: int = 24
    learning_rate: float = 1.5e-4
    warm_up: int = 40
    weight_decay: float = 0.01
    dropout: float = 0.1
    temperature: float = 0.05
    adjustment: float = 0.7
    neighbours: float = 0.5
    most_of_catalogue: int = 4000
    taxonomy_share: float = 0.7
    kept: float = 0.6
    seed: int = 0


@dataclass(frozen=True, eq=False)
class Encoded:
    """A catalogue with the states of its texts and of its names below the trained layers."""

    catalogue: TrainingCatalogue
    texts: HiddenStates
    names: HiddenStates

    def weight(self, settings: LayerSettings) -> float:
        """Return how often the catalogue is drawn, relative to others: breadth comes before size."""
        share = settings.taxonomy_share if not self.catalogue.held_out else 1.0
        return share * math.sqrt(min(len(self.catalogue.texts), settings.most_of_catalogue))


class LastLayers(torch.nn.Module):
    """A copy of the last layers of a BERT, with mean pooling and unit length."""

    def __init__(self, layers: torch.nn.ModuleList, dropout: float) -> None:
        super().__init__()
        self.layers = copy.deepcopy(layers).float()
        for part in self.layers.modules():
            if isinstance(part, torch.nn.Dropout):
                part.p = dropout
        self.to_names = torch.nn.Parameter(torch.zeros(()))
        self.to_texts = torch.nn.Parameter(torch.zeros(()))

    def forward(self, states: torch.Tensor, mask: torch.Tensor) -> torch.Tensor:
        """Return unit vectors, (texts, dim), of states (texts, tokens, dim) with a mask (texts, tokens)."""
        hidden = states
        with torch.autocast("cpu", torch.bfloat16):
            attention = ((1 - mask) * _MASKED)[:, None, None, :].bfloat16()
            for layer in self.layers:
                found = layer(hidden, attention)
                hidden = found[0] if isinstance(found, tuple) else found
        weights = mask[:, :, None]
        return F.normalize((hidden.float() * weights).sum(dim=1) / weights.sum(dim=1), dim=-1)


def train_layers(
    layers: torch.nn.ModuleList, encoded: Sequence[Encoded], settings: LayerSettings, folder: Path, progress: Progress
) -> dict[str, np.ndarray]:
    """Train a copy of the layers; return its tensors under the names that they have in the list.

    Deterministic for a seed on one machine, also after a stop: a checkpoint in the folder has the state of all.
    """
    generator = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    trained = LastLayers(layers, settings.dropout)
    torch.nn.init.constant_(trained.to_names, -math.log(settings.temperature))
    torch.nn.init.constant_(trained.to_texts, -math.log(settings.temperature))
    optimizer = torch.optim.AdamW(trained.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay)
    names = [each.catalogue.name for each in encoded]
    path = folder / f"layers-{fingerprint([asdict(settings), names])}.pt"
    done = _resume(path, trained, optimizer, generator)
    weights = np.array([each.weight(settings) for each in encoded])
    trained.train()
    for step in range(done, settings.steps):
        _set_rate(optimizer, step, settings)
        drawn = encoded[generator.choice(len(encoded), p=weights / weights.sum())]
        loss = _loss(trained, drawn, settings, generator)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
        progress(f"train the layers (loss {loss.item():.2f})", step + 1, settings.steps)
        if (step + 1) % _SAVE_EVERY == 0:
            _save(path, step + 1, trained, optimizer, generator)
    before, after = layers.state_dict(), trained.layers.state_dict()
    return {name: torch.lerp(before[name], tensor, settings.kept).numpy() for name, tensor in after.items()}


def _loss(trained: LastLayers, drawn: Encoded, settings: LayerSettings, generator: np.random.Generator) -> torch.Tensor:
    """Draw texts, and names: all tags of these texts and some others."""
    catalogue = drawn.catalogue
    rows = generator.permutation(len(catalogue.texts))[: settings.texts].tolist()
    needed = {tag for row in rows for tag in catalogue.gold[row]}
    others = [tag for tag in generator.permutation(len(catalogue.names)).tolist() if tag not in needed]
    tags = sorted([*needed, *others[: max(0, settings.names - len(needed))]])
    column = {tag: place for place, tag in enumerate(tags)}
    right = np.zeros((len(rows), len(tags)), np.float32)
    for place, row in enumerate(rows):
        right[place, [column[tag] for tag in catalogue.gold[row]]] = 1
    texts, names = trained(*drawn.texts.batch(rows)), trained(*drawn.names.batch(tags))
    loss = name_loss(texts, names, trained.to_names, right, settings.adjustment * catalogue.log_shares[tags])
    return loss + settings.neighbours * text_loss(texts, trained.to_texts, right, catalogue.idf[tags])


def _set_rate(optimizer: torch.optim.Optimizer, step: int, settings: LayerSettings) -> None:
    """Warm up, then fall to zero on a straight line."""
    share = min((step + 1) / settings.warm_up, 1) * (1 - step / settings.steps)
    for group in optimizer.param_groups:
        group["lr"] = settings.learning_rate * share


def _save(
    path: Path, done: int, trained: LastLayers, optimizer: torch.optim.Optimizer, generator: np.random.Generator
) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    state = {
        "done": done,
        "layers": trained.state_dict(),
        "optimizer": optimizer.state_dict(),
        "numpy": generator.bit_generator.state,
        "torch": torch.get_rng_state(),
    }
    with replace_file(path) as building:
        torch.save(state, building)


def _resume(path: Path, trained: LastLayers, optimizer: torch.optim.Optimizer, generator: np.random.Generator) -> int:
    """Load the checkpoint, if there is one; return the number of steps that are done."""
    if not path.is_file():
        return 0
    state: Mapping[str, Any] = torch.load(path, weights_only=True)
    trained.load_state_dict(state["layers"])
    optimizer.load_state_dict(state["optimizer"])
    generator.bit_generator.state = state["numpy"]
    torch.set_rng_state(state["torch"])
    return int(state["done"])

"""Train the projections of texts and of names by a softmax over the names of a catalogue.

The loss is the cross-entropy of a product's tags among all tags, with the logarithm of each tag's share added to the
logits (logit adjustment, Menon et al., ICLR 2021): how frequent a tag is in one catalogue says nothing about another.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from finetune.names.catalogues import TrainingCatalogue
from index.vectors.base import Matrix
from tagger.tag_names.name_model import Projection, Projections


@dataclass(frozen=True)
class TrainingSettings:
    """How the projections are trained; `adjustment` weighs the logarithm of the tags' shares."""

    steps: int = 1000
    products: int = 128
    catalogues: int = 2
    names: int = 600
    rank: int = 64
    learning_rate: float = 1e-3
    weight_decay: float = 0.3
    dropout: float = 0.1
    adjustment: float = 0.7
    temperature: float = 0.067
    seed: int = 0

    def for_epochs(self, epochs: int, catalogues: Sequence[TrainingCatalogue]) -> "TrainingSettings":
        """Return the settings with as many steps as it takes to draw all products this many times."""
        at_once = self.products * self.catalogues
        return replace(self, steps=math.ceil(epochs * sum(each.trained for each in catalogues) / at_once))


def mean_text(catalogues: Sequence[TrainingCatalogue]) -> Matrix:
    """Return the mean vector of all training texts, (dim,)."""
    return np.asarray(np.concatenate([each.texts[: each.trained] for each in catalogues]).mean(axis=0), np.float32)


def train_projections(catalogues: Sequence[TrainingCatalogue], mean: Matrix, settings: TrainingSettings) -> Projections:
    """Train the projection of texts and that of names; deterministic for a seed on one machine."""
    import torch
    from torch.nn import functional as F  # noqa: N812 - its usual name

    generator = np.random.default_rng(settings.seed)
    torch.manual_seed(settings.seed)
    dim, rank = len(mean), settings.rank
    downs = [torch.nn.Parameter(torch.randn(dim, rank) * dim**-0.5) for _ in range(2)]
    ups = [torch.nn.Parameter(torch.zeros(rank, dim)) for _ in range(2)]
    sharpness = torch.nn.Parameter(torch.tensor(-float(np.log(settings.temperature))))
    parameters = [*downs, *ups, sharpness]
    optimizer = torch.optim.AdamW(parameters, lr=settings.learning_rate, weight_decay=settings.weight_decay)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1 - step / settings.steps)

    def project(vectors: Matrix, side: int) -> Any:
        centred = F.dropout(torch.from_numpy(vectors - mean), settings.dropout)
        return F.normalize(centred + centred @ downs[side] @ ups[side], dim=-1)

    for _ in range(settings.steps):
        losses = []
        for place in generator.choice(len(catalogues), settings.catalogues):
            batch = _draw(catalogues[place], settings, generator)
            cosines = project(batch.texts, 0) @ project(batch.names, 1).T
            logits = cosines * sharpness.exp() + torch.from_numpy(settings.adjustment * batch.log_shares)
            losses.append(-(torch.from_numpy(batch.targets) * F.log_softmax(logits, dim=1)).sum(dim=1).mean())
        optimizer.zero_grad()
        torch.stack(losses).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    texts, names = (Projection(down.detach().numpy(), up.detach().numpy()) for down, up in zip(downs, ups, strict=True))
    return Projections(mean, texts, names)


@dataclass(frozen=True)
class _Batch:
    """Texts, names, what is added to the names' logits, and the share of each name in a text's tags."""

    texts: Matrix
    names: Matrix
    log_shares: Matrix
    targets: Matrix


def _draw(catalogue: TrainingCatalogue, settings: TrainingSettings, generator: np.random.Generator) -> _Batch:
    """Draw products, and names: all tags of these products and some others."""
    drawn = generator.integers(0, catalogue.trained, settings.products)
    rows = [int(row) for row in drawn if catalogue.gold[row]]
    others = generator.permutation(len(catalogue.tags))[: settings.names]
    tags = sorted({*map(int, others), *(tag for row in rows for tag in catalogue.gold[row])})
    column = {tag: place for place, tag in enumerate(tags)}
    targets = np.zeros((len(rows), len(tags)), np.float32)
    for place, row in enumerate(rows):
        gold = catalogue.gold[row]
        targets[place, [column[tag] for tag in gold]] = 1 / len(gold)
    return _Batch(catalogue.texts[rows], catalogue.names[tags], catalogue.log_shares()[tags], targets)

"""The layers of a BERT encoder with an output for each tag."""

import copy
from typing import Any

import torch

_MASKED = -1e4
# The parts of a layer that low-rank changes are added to (Hu et al. 2021, arXiv:2106.09685).
_LINEAR = ["query", "key", "value", "dense"]


class Layers(torch.nn.Module):
    """Some layers of a BERT, one after the other; the first of them may be preceded by the embeddings' norm."""

    def __init__(self, layers: Any, norm: Any = None) -> None:
        super().__init__()
        self.norm = copy.deepcopy(norm)
        self.layers = torch.nn.ModuleList(copy.deepcopy(layer) for layer in layers).float()

    def forward(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return the states after the layers, (texts, pieces, hidden); the mask, (texts, pieces), is 1 for pieces."""
        if self.norm is not None:
            states = self.norm(states)
        bias = None if mask is None else ((1 - mask) * _MASKED)[:, None, None, :]
        for layer in self.layers:
            found = layer(states, bias)
            states = found[0] if isinstance(found, tuple) else found
        return states


class TagHead(torch.nn.Module):
    """Pools the states by their mean and their maximum; one output for each tag."""

    def __init__(self, hidden: int, tags: int, dropout: float) -> None:
        super().__init__()
        self.drop = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(2 * hidden, tags)

    def forward(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return logits, (texts, tags)."""
        if mask is None:
            mean, largest = states.mean(dim=1), states.amax(dim=1)
        else:
            weights = mask[:, :, None]
            mean = (states * weights).sum(dim=1) / weights.sum(dim=1)
            largest = (states + (1 - weights) * _MASKED).amax(dim=1)
        logits: torch.Tensor = self.output(self.drop(torch.cat([mean, largest], dim=1)))
        return logits


class TrainedPart(torch.nn.Module):
    """What is trained: the last layers and the head."""

    def __init__(self, last: Layers, head: TagHead) -> None:
        super().__init__()
        self.last, self.head = last, head

    def forward(self, states: torch.Tensor, mask: torch.Tensor | None) -> torch.Tensor:
        """Return logits, (texts, tags)."""
        logits: torch.Tensor = self.head(self.last(states, mask).float(), mask)
        return logits


class WholeEncoder(torch.nn.Module):
    """All layers and the head, for the graph; its texts have one length, so nothing is masked."""

    def __init__(self, first: Layers, trained: TrainedPart) -> None:
        super().__init__()
        self.first, self.trained = first, trained

    def forward(self, embeddings: torch.Tensor) -> torch.Tensor:
        """Return logits, (texts, tags), of embeddings, (texts, pieces, hidden)."""
        logits: torch.Tensor = self.trained(self.first(embeddings, None), None)
        return logits


def load_layers(folder: Any) -> Any:
    """Load a BERT from its folder."""
    from transformers import AutoModel
    from transformers.utils import logging as transformers_logging

    transformers_logging.disable_progress_bar()
    transformers_logging.set_verbosity_error()
    return AutoModel.from_pretrained(folder, local_files_only=True, use_safetensors=True).float()


def add_low_rank(layers: Layers, rank: int) -> None:
    """Freeze the layers, and add low-rank changes that are trained in their place."""
    from peft import LoraConfig, inject_adapter_in_model

    inject_adapter_in_model(LoraConfig(r=rank, lora_alpha=2 * rank, target_modules=_LINEAR), layers)


def merge_low_rank(layers: Layers) -> None:
    """Add the low-rank changes to the weights that they change."""
    from peft.tuners.lora import LoraLayer

    for module in layers.modules():
        if isinstance(module, LoraLayer):
            module.merge()


def asymmetric_loss(
    logits: torch.Tensor, targets: torch.Tensor, weights: torch.Tensor, *, focus: float = 2.0, margin: float = 0.05
) -> torch.Tensor:
    """Return the asymmetric loss (Ridnik et al., ICCV 2021), summed over the tags, mean over the texts.

    Tags that a product lacks count less, the surer that is: by the power `focus` of their probability, less `margin`.
    `weights`, (tags,), weigh the tags that a product has.
    """
    probability = torch.sigmoid(logits)
    absent = (probability - margin).clamp(min=0)
    having = targets * weights * torch.log(probability.clamp(min=1e-8))
    lacking = (1 - targets) * absent.detach() ** focus * torch.log((1 - absent).clamp(min=1e-8))
    return -(having + lacking).sum() / len(logits)


def tag_weights(shares: torch.Tensor) -> torch.Tensor:
    """Return the weights of tags: rarer ones weigh more, by the fourth root of their share, and 1 in the mean."""
    weights = shares.clamp(min=1e-4) ** -0.25
    return weights / weights.mean()

"""One loop for all networks: AdamW, warm-up, batches of similar length, early stopping."""

import logging
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from index.batching import batched
from tagger.plugins.option_checks import check_above_zero, check_minimum

log = logging.getLogger(__name__)

# Batches are cut from runs of this many, sorted by length: little padding, and yet random.
_RUN = 20
_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Course:
    """How a network is trained; `warmup` is a share of all steps.

    Training ends early after `patience` epochs without a better micro-F1 on products that are kept out. With `bfloat16`
    matrices are multiplied in it where the processor is fast at that; in small steps the conversions cost more.
    """

    epochs: int = 20
    learning_rate: float = 3e-3
    batch_size: int = 32
    warmup: float = 0.1
    weight_decay: float = 0.01
    patience: int = 5
    seed: int = 0
    bfloat16: bool = True

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is out of range."""
        check_minimum(1, epochs=self.epochs, batch_size=self.batch_size, patience=self.patience)
        check_above_zero(learning_rate=self.learning_rate)


def train(
    model: torch.nn.Module,
    lengths: Sequence[int],
    loss: Callable[[Sequence[int], int], torch.Tensor],
    score: Callable[[], float] | None,
    course: Course,
    shares: Mapping[str, float] = MappingProxyType({}),
) -> None:
    """Train a network; it ends with its best weights, in evaluation mode.

    `lengths` are those of the examples. `loss` gets the places of a batch's examples and the epoch, from 0. `score`
    measures the network on what was kept out, None if nothing was: the last weights stay then. `shares` has multiples
    of the learning rate for parts of the network, by name.
    """
    rng = random.Random(course.seed)  # noqa: S311 - not for cryptography
    groups = _groups(model, course.learning_rate, shares)
    parameters = [each for group in groups for each in group["params"]]
    optimizer = torch.optim.AdamW(groups, lr=course.learning_rate, weight_decay=course.weight_decay)
    steps = -(-len(lengths) // course.batch_size) * course.epochs
    rise = max(1, round(steps * course.warmup))
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda step: min((step + 1) / rise, max(0.02, (steps - step) / max(1, steps - rise)))
    )
    best, best_epoch = -1.0, 0
    weights: dict[str, torch.Tensor] = {}
    for epoch in range(course.epochs):
        model.train()
        losses = []
        for batch in shuffle_by_length(lengths, course.batch_size, rng):
            with torch.autocast("cpu", torch.bfloat16, enabled=course.bfloat16 and fast_bfloat16()):
                value = loss(batch, epoch)
            optimizer.zero_grad(set_to_none=True)
            value.backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(parameters, _LARGEST_GRADIENT)
            optimizer.step()
            schedule.step()
            losses.append(value.item())
        model.eval()
        if score is None:
            continue
        with torch.inference_mode():
            found = score()
        log.info("epoch %d: loss %.4f, micro-F1 %.4f", epoch + 1, sum(losses) / len(losses), found)
        if found > best:
            best, best_epoch = found, epoch
            weights = {name: each.detach().clone() for name, each in model.state_dict().items()}
        elif epoch - best_epoch >= course.patience:
            break
    if weights:
        model.load_state_dict(weights)
    model.eval()


def _groups(model: torch.nn.Module, rate: float, shares: Mapping[str, float]) -> list[dict[str, Any]]:
    """Return the parameters that are trained, grouped by learning rate."""
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            groups.setdefault(rate * shares.get(name.partition(".")[0], 1.0), []).append(parameter)
    return [{"params": parameters, "lr": each} for each, parameters in groups.items()]


def shuffle_by_length(lengths: Sequence[int], size: int, rng: random.Random) -> list[list[int]]:
    """Cut examples into batches of similar length, in random order; return their places."""
    order = rng.sample(range(len(lengths)), len(lengths))
    runs = batched(order, size * _RUN)
    cut = [batch for run in runs for batch in batched(sorted(run, key=lambda place: lengths[place]), size)]
    rng.shuffle(cut)
    return cut


def fast_bfloat16() -> bool:
    """Tell whether the processor multiplies matrices of bfloat16 faster than of float32."""
    able: Mapping[str, Any] = torch.cpu.get_capabilities()
    return bool(able.get("avx512_bf16", False))


def best_micro_f1(scores: npt.NDArray[np.floating], labels: npt.NDArray[np.bool_]) -> float:
    """Return the micro-F1 at the best threshold; both are (products, tags)."""
    order = np.argsort(-scores, axis=None, kind="stable")
    right = np.cumsum(labels.ravel()[order])
    return float(np.max(2 * right / (np.arange(1, len(right) + 1) + labels.sum())))

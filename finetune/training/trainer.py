"""Train a model from start to end, or resume an earlier training."""

import logging
import math
import random
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Generic, TypeVar

import torch

from finetune.training import checkpoint
from finetune.training import learning_curves as curves
from finetune.training.checkpoint import Checkpoint
from finetune.training.learning_curves import Epoch, Figures
from finetune.training.resumption import Identity, continues, lends_weights, why_anew
from index.progress import Progress
from tagger.jobs.learning_curves import CURVES

log = logging.getLogger(__name__)

Batch = TypeVar("Batch")
_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Course:
    """How long and how fast a training goes; `warmup` is a share of all steps.

    Training ends early after `patience` epochs without a better micro-F1.
    """

    epochs: int
    learning_rate: float
    warmup: float
    weight_decay: float
    patience: int
    seed: int


@dataclass(frozen=True)
class Task(Generic[Batch]):
    """A training: the model, its data, its loss and its validation.

    `steps` draws the batches of each step of an epoch, counted from 0. `rates` maps parameters to multiples of the
    learning rate, by default 1.
    """

    identity: Identity
    course: Course
    model: Any
    steps: Callable[[int, random.Random], Sequence[Sequence[Batch]]]
    loss: Callable[[Batch], torch.Tensor]
    validate: Callable[[], Figures]
    rates: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Outcome:
    """The learning curves, the epoch that was resumed (None for none), and the reason for starting there."""

    history: Sequence[Epoch]
    resumed_from: int | None
    reason: str


@dataclass
class _State:
    begun: int = 0
    history: list[Epoch] = field(default_factory=list)
    best: Mapping[str, torch.Tensor] = field(default_factory=dict)

    @property
    def done(self) -> int:
        return self.history[-1].epoch if self.history else 0

    def ended(self, course: Course) -> bool:
        return self.done - self.begun >= course.epochs or _is_exhausted(self.history, course.patience)


def train(task: Task[Batch], work: Path, progress: Progress, *, fresh: bool = False) -> Outcome:
    """Train until the epochs or the patience run out; the model ends with its best weights.

    The checkpoint, the curves and the TensorBoard events are in `work`. Every epoch has its own random seed, so a
    resumed training ends with the same weights as an uninterrupted one. With more epochs than before, a finished
    training continues at its place in the longer schedule. `fresh` starts from scratch and ignores checkpoints.
    """
    optimizer = torch.optim.AdamW(_groups(task), weight_decay=task.course.weight_decay, fused=True)
    state, reason = _begin(task, optimizer, work, fresh=fresh)
    resumed_from = state.done or None
    if state.ended(task.course):
        reason += "; nothing is left to train"
    log.info(reason)
    while not state.ended(task.course):
        _add_epoch(state, task, optimizer, progress)
        weights = _weights(task.model)
        state.best = weights if best_of(state.history) is state.history[-1] else state.best
        kept = Checkpoint(task.identity, state.begun, tuple(state.history), weights, state.best, optimizer.state_dict())
        checkpoint.save(kept, work)
        curves.write_csv(state.history, work / CURVES)
        curves.write_events(state.history[-1:], work / curves.EVENTS)
    _restore(task.model, state.best)
    task.model.eval()
    total = (state.history[-1].steps - _steps_before(state)) // (state.done - state.begun) * task.course.epochs
    progress("training", total, total)
    return Outcome(state.history, resumed_from, reason)


def _begin(task: Task[Batch], optimizer: torch.optim.Optimizer, work: Path, *, fresh: bool) -> tuple[_State, str]:
    """Prepare the model and the optimizer for the start of the training; return the state and the reason for it."""
    found = {} if fresh else checkpoint.load_all(work, task.model.device)
    for each in found.values():
        if continues(each.identity, task.identity):
            _restore(task.model, each.weights)
            optimizer.load_state_dict(dict(each.optimizer))
            return _State(each.begun, list(each.history), each.best), f"going on after epoch {each.history[-1].epoch}"
    curves.remove(work)
    for each in found.values():
        if lends_weights(each.identity, task.identity):
            state = _from_weights(task, each)
            return state, f"going on from epoch {state.begun} with a fresh optimizer: the products have changed"
    for path, each in found.items():
        return _State(), why_anew(each.identity, task.identity, path)
    return _State(), "starting anew, as asked" if fresh else "there is no checkpoint to go on from"


def _from_weights(task: Task[Batch], former: Checkpoint) -> _State:
    """Take over the best weights, and measure them again on the present products."""
    _restore(task.model, former.best)
    best, figures = best_of(former.history), task.validate()
    measured = replace(best, validation_loss=figures.loss, micro_f1=figures.micro_f1)
    return _State(best.epoch, [measured], former.best)


def _steps_before(state: _State) -> int:
    return state.history[0].steps if state.begun else 0


def best_of(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch whose weights are kept: the highest micro-F1, then the lowest validation loss."""
    return history[_best(history)]


def _best(history: Sequence[Epoch]) -> int:
    return max(range(len(history)), key=lambda place: (history[place].micro_f1, -history[place].validation_loss))


def _is_exhausted(history: Sequence[Epoch], patience: int) -> bool:
    return bool(history) and len(history) - 1 - _best(history) >= patience


def _add_epoch(state: _State, task: Task[Batch], optimizer: torch.optim.Optimizer, progress: Progress) -> None:
    begun = time.monotonic()
    loss, rate, steps = _epoch(task, optimizer, state.done, state.begun, progress)
    figures = task.validate()
    taken = (state.history[-1].steps if state.history else 0) + steps
    seconds = time.monotonic() - begun
    state.history.append(Epoch(state.done + 1, taken, rate, loss, figures.loss, figures.micro_f1, seconds))
    log.info("epoch %d: micro-F1 %.4f, loss %.4f", state.done, figures.micro_f1, figures.loss)


def _epoch(
    task: Task[Batch], optimizer: torch.optim.Optimizer, done: int, begun: int, progress: Progress
) -> tuple[float, float, int]:
    """Train for one epoch; return the mean loss, the last learning rate and the number of steps."""
    course = task.course
    torch.manual_seed(course.seed * 1_000_003 + done)
    rng = random.Random(f"{course.seed}/{done}")  # noqa: S311 - not for cryptography
    steps = task.steps(done, rng)
    total = len(steps) * course.epochs
    task.model.train()
    losses = []
    for number, step in enumerate(steps, start=(done - begun) * len(steps)):
        progress("training", number, total)
        rate = course.learning_rate * schedule(number, total, course.warmup)
        losses.append(_step(task, optimizer, step, rate))
    return sum(losses) / len(losses), rate, len(steps)


def _step(task: Task[Batch], optimizer: torch.optim.Optimizer, step: Sequence[Batch], rate: float) -> float:
    """Update the weights once, with the mean gradient of a few batches; return their mean loss."""
    device = task.model.device
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for batch in step:
        # float16 overflows in T5; bfloat16 does not.
        with torch.autocast(device.type, torch.bfloat16, enabled=_counts_in_bfloat16(device)):
            loss = task.loss(batch) / len(step)
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(_trainable(task.model).values(), _LARGEST_GRADIENT)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]
    optimizer.step()
    return total


def _counts_in_bfloat16(device: torch.device) -> bool:
    """Tell whether bfloat16 is faster on the device: by a third on a processor with instructions for it."""
    return device.type == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)


def _groups(task: Task[Batch]) -> list[dict[str, Any]]:
    """Group the parameters by their multiple of the learning rate, in ascending order."""
    groups: dict[float, list[torch.nn.Parameter]] = {}
    for name, parameter in _trainable(task.model).items():
        groups.setdefault(task.rates.get(name, 1.0), []).append(parameter)
    return [{"params": parameters, "share": share} for share, parameters in sorted(groups.items())]


def _trainable(model: Any) -> dict[str, torch.nn.Parameter]:
    return {name: parameter for name, parameter in model.named_parameters() if parameter.requires_grad}


def _weights(model: Any) -> dict[str, torch.Tensor]:
    return {name: parameter.detach().clone() for name, parameter in _trainable(model).items()}


def _restore(model: Any, weights: Mapping[str, torch.Tensor]) -> None:
    with torch.no_grad():
        for name, parameter in _trainable(model).items():
            parameter.copy_(weights[name])


def schedule(step: int, total: int, warmup: float) -> float:
    """Return the multiple of the learning rate for a step: a linear warm-up, then half a cosine down to 0."""
    start = (step + 1) / max(1.0, total * warmup)
    return min(1.0, start) * (1 + math.cos(math.pi * step / total)) / 2

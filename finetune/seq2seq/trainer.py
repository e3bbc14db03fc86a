"""Train a sequence-to-sequence model from start to end, or from where a kill stopped it."""

import hashlib
import json
import logging
import math
import random
import shutil
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch

from finetune.seq2seq import checkpoint
from finetune.seq2seq import learning_curves as curves
from finetune.seq2seq.batching import Batch, Example, batches, collate, encode
from finetune.seq2seq.cases import Case
from finetune.seq2seq.checkpoint import Checkpoint
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.learning_curves import Epoch
from finetune.seq2seq.settings import TrainingSettings
from finetune.seq2seq.validation import validate
from index.progress import Progress
from tagger.generation.prompt import PROMPT_VERSION
from tagger.jobs.learning_curves import CURVES
from tagger.splits import position

log = logging.getLogger(__name__)

Loss = Callable[[Any, Batch], torch.Tensor]
Augment = Callable[[Case, random.Random], Case]
_LARGEST_GRADIENT = 1.0


@dataclass(frozen=True)
class Task:
    """What is trained, and on what; `identity` names all of it, so that only this very training is resumed.

    `rates` has the share of the learning rate of the parameters that do not take it as it is.
    """

    identity: str
    model: Any
    tokenizer: Any
    split: Split
    loss: Loss
    augment: Augment
    rates: Mapping[str, float] = field(default_factory=dict)


def identity(base: str, split: Split, settings: TrainingSettings) -> str:
    """Name a training by all that its result hangs on: base, products, settings and prompt."""
    named = json.dumps([PROMPT_VERSION, base, split.fingerprint(), asdict(settings)])
    return hashlib.blake2b(named.encode(), digest_size=8).hexdigest()


def train(task: Task, settings: TrainingSettings, work: Path, progress: Progress) -> list[Epoch]:
    """Train until the epochs are over or patience is; the model is left with its best weights.

    The checkpoint, the curves and the TensorBoard events are in `work`. Every epoch draws from its own seed, so a
    training that was killed and goes on ends with the same weights as one that was not.
    """
    optimizer = torch.optim.AdamW(_groups(task), weight_decay=settings.weight_decay, fused=True)
    state = _resumed(task, optimizer, work) or Checkpoint(task.identity, (), {}, {}, {})
    history, best = list(state.history), state.best
    sample = sorted(task.split.validation, key=lambda case: position(case.product))[: settings.validation_products]
    while len(history) < settings.epochs and not _exhausted(history, settings.patience):
        begun = time.monotonic()
        loss, rate, steps = _epoch(task, optimizer, settings, len(history), progress)
        figures = validate(task.model, task.tokenizer, sample, settings)
        seconds = time.monotonic() - begun
        history.append(Epoch(len(history) + 1, steps, rate, loss, figures.loss, figures.micro_f1, seconds))
        log.info("epoch %d: micro-F1 %.4f, loss %.4f", len(history), figures.micro_f1, figures.loss)
        weights = _weights(task.model)
        best = weights if _best(history) == len(history) - 1 else best
        checkpoint.save(Checkpoint(task.identity, tuple(history), weights, best, optimizer.state_dict()), work)
        curves.write_csv(history, work / CURVES)
        curves.write_events(history, work / "events")
    _restore(task.model, best)
    task.model.eval()
    total = history[-1].steps // len(history) * settings.epochs
    progress("training", total, total)
    return history


def best_of(history: Sequence[Epoch]) -> Epoch:
    """Return the epoch whose weights are kept: the highest micro-F1, then the lowest validation loss."""
    return history[_best(history)]


def _best(history: Sequence[Epoch]) -> int:
    return max(range(len(history)), key=lambda place: (history[place].micro_f1, -history[place].validation_loss))


def _exhausted(history: Sequence[Epoch], patience: int) -> bool:
    return bool(history) and len(history) - 1 - _best(history) >= patience


def _epoch(
    task: Task, optimizer: torch.optim.Optimizer, settings: TrainingSettings, done: int, progress: Progress
) -> tuple[float, float, int]:
    """Train for one epoch; returns the mean loss, the last learning rate, and the steps since the start."""
    torch.manual_seed(settings.seed * 1_000_003 + done)
    rng = random.Random(f"{settings.seed}/{done}")  # noqa: S311 - no secret is drawn
    examples = encode([task.augment(case, rng) for case in task.split.training], task.tokenizer, settings, done)
    steps = list(_steps(examples, settings, rng))
    total = len(steps) * settings.epochs
    task.model.train()
    losses = []
    for number, step in enumerate(steps, start=done * len(steps)):
        progress("training", number, total)
        rate = settings.learning_rate * schedule(number, total, settings.warmup)
        losses.append(_step(task, optimizer, step, rate))
    return sum(losses) / len(losses), rate, (done + 1) * len(steps)


def _steps(
    examples: Sequence[Example], settings: TrainingSettings, rng: random.Random
) -> Iterator[list[list[Example]]]:
    cut = batches(examples, settings.batch_size, rng)
    return (cut[start : start + settings.accumulation] for start in range(0, len(cut), settings.accumulation))


def _step(task: Task, optimizer: torch.optim.Optimizer, step: Sequence[Sequence[Example]], rate: float) -> float:
    """Change the weights once, by the mean gradient of a few batches; returns their mean loss."""
    device = task.model.device
    optimizer.zero_grad(set_to_none=True)
    total = 0.0
    for examples in step:
        batch = collate(examples, task.tokenizer.pad_token_id, device)
        # float16 overflows in T5; bfloat16 does not.
        with torch.autocast(device.type, torch.bfloat16, enabled=_counts_in_bfloat16(device)):
            loss = task.loss(task.model, batch) / len(step)
        loss.backward()  # type: ignore[no-untyped-call]
        total += loss.item()
    torch.nn.utils.clip_grad_norm_(_trainable(task.model).values(), _LARGEST_GRADIENT)
    for group in optimizer.param_groups:
        group["lr"] = rate * group["share"]
    optimizer.step()
    return total


def _counts_in_bfloat16(device: torch.device) -> bool:
    """Tell whether the device is quicker so: by a third on a processor that has instructions for it."""
    return device.type == "cuda" or torch.cpu.get_capabilities().get("avx512_bf16", False)


def _groups(task: Task) -> list[dict[str, Any]]:
    """Group the parameters by their share of the learning rate, the shares in order."""
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


def _resumed(task: Task, optimizer: torch.optim.Optimizer, work: Path) -> Checkpoint | None:
    """Put the model and the optimizer where the checkpoint says, if there is one of this training."""
    found = checkpoint.load(work, task.identity, task.model.device)
    if found is None:
        shutil.rmtree(work, ignore_errors=True)
        return None
    log.info("going on after epoch %d", len(found.history))
    _restore(task.model, found.weights)
    optimizer.load_state_dict(dict(found.optimizer))
    return found


def schedule(step: int, total: int, warmup: float) -> float:
    """Return the share of the learning rate for a step: a linear start, then half a cosine down to 0."""
    start = (step + 1) / max(1.0, total * warmup)
    return min(1.0, start) * (1 + math.cos(math.pi * step / total)) / 2

"""The training task of a generator: products in, tags out."""

import random
from collections.abc import Callable, Mapping
from typing import Any

import torch

from finetune.seq2seq.batching import Batch, Example, batches, collate, encode
from finetune.seq2seq.cases import Case
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.settings import TrainingSettings
from finetune.seq2seq.validation import validate
from finetune.training.resumption import Identity
from finetune.training.trainer import Course, Task
from index.batching import batched
from tagger.splits import position

Loss = Callable[[Any, Batch], torch.Tensor]
Augment = Callable[[Case, random.Random], Case]


def generation_task(
    identity: Identity,
    model: Any,
    tokenizer: Any,
    split: Split,
    loss: Loss,
    augment: Augment,
    settings: TrainingSettings,
    rates: Mapping[str, float] | None = None,
) -> Task[list[Example]]:
    """Return the task of learning to write a split's tags; a fixed sample of the validation products is measured."""
    sample = sorted(split.validation, key=lambda case: position(case.product))[: settings.validation_products]

    def steps(epoch: int, rng: random.Random) -> list[list[list[Example]]]:
        examples = encode([augment(case, rng) for case in split.training], tokenizer, settings, epoch)
        cut = batches(examples, settings.batch_size, rng)
        return list(batched(cut, settings.accumulation))

    return Task(
        identity,
        course_of(settings),
        model,
        steps,
        lambda examples: loss(model, collate(examples, tokenizer.pad_token_id, model.device)),
        lambda: validate(model, tokenizer, sample, settings),
        rates or {},
    )


def course_of(settings: TrainingSettings) -> Course:
    """Return the settings that apply to the training of any model."""
    return Course(
        settings.epochs,
        settings.learning_rate,
        settings.warmup,
        settings.weight_decay,
        settings.patience,
        settings.seed,
    )

import csv
import functools
import itertools
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

from finetune.seq2seq.base_model import Base, load_base
from finetune.seq2seq.batching import Batch
from finetune.seq2seq.dataset import Split
from finetune.seq2seq.learning_curves import Epoch
from finetune.seq2seq.settings import TrainingSettings
from finetune.seq2seq.trainer import Task, best_of, identity, schedule, train
from finetune.seq2seq.validation import smoothed_cross_entropy
from index.encoders.weights import Weights
from index.progress import silent

SETTINGS = TrainingSettings(
    epochs=3, batch_size=8, max_input_tokens=32, max_target_tokens=12, validation_products=3, learning_rate=0.01
)


class Stopped(Exception):
    """Stands for a kill."""


def task_of(base: Base, split: Split, settings: TrainingSettings = SETTINGS, **others: object) -> Task:
    loss = functools.partial(smoothed_cross_entropy, smoothing=0.1)
    task = Task(identity("small", split, settings), base.model, base.tokenizer, split, loss, lambda case, rng: case)
    return replace(task, **others)


def weights_of(base: Base) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in base.model.named_parameters()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def epoch(number: int, micro_f1: float, validation_loss: float) -> Epoch:
    return Epoch(number, number, 0.0, 0.0, validation_loss, micro_f1, 0.0)


def test_the_rate_rises_in_a_line_and_falls_as_half_a_cosine() -> None:
    # 100 steps, of which 10 warm up.
    assert schedule(0, 100, 0.1) == pytest.approx(1 / 10)
    assert schedule(4, 100, 0.1) == pytest.approx(5 / 10 * (1 + math.cos(math.pi * 0.04)) / 2)
    assert schedule(50, 100, 0.1) == pytest.approx(1 / 2)
    assert schedule(99, 100, 0.1) == pytest.approx((1 + math.cos(math.pi * 0.99)) / 2)
    assert schedule(0, 100, 0.0) == 1


def test_the_best_epoch_has_the_highest_f1_then_the_lowest_loss_then_comes_first() -> None:
    assert best_of([epoch(1, 0.5, 1.0), epoch(2, 0.6, 3.0), epoch(3, 0.6, 2.0), epoch(4, 0.6, 2.0)]).epoch == 3


def test_training_lowers_the_loss(small: Base, split: Split, tmp_path: Path) -> None:
    history = train(task_of(small, split), SETTINGS, tmp_path, silent)
    assert [each.epoch for each in history] == [1, 2, 3]
    assert history[-1].training_loss < history[0].training_loss
    assert history[-1].validation_loss < history[0].validation_loss


def test_training_stops_when_patience_is_over_and_keeps_the_best(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=9, patience=2, weight_decay=0)
    before = weights_of(small)
    taken = itertools.count()

    def loss(model: Any, batch: Batch) -> torch.Tensor:
        """Learn nothing in the first epoch, and from then on the contrary of what is right."""
        first = next(taken) < math.ceil(len(split.training) / settings.batch_size)
        return smoothed_cross_entropy(model, batch, 0) * (0 if first else -1)

    history = train(task_of(small, split, settings, loss=loss), settings, tmp_path, silent)
    assert [each.epoch for each in history] == [1, 2, 3]
    assert history[2].validation_loss > history[1].validation_loss > history[0].validation_loss
    assert same(before, weights_of(small))


def test_a_training_that_was_stopped_ends_as_one_that_was_not(base: Path, split: Split, tmp_path: Path) -> None:
    def stop_in_the_last_epoch(stage: str, done: int, total: int) -> None:
        if done >= total - 1:
            raise Stopped

    whole, parted, resumed = (load_base(Weights("small", base, "folder"), "cpu") for _ in range(3))
    history = train(task_of(whole, split), SETTINGS, tmp_path / "whole", silent)
    with pytest.raises(Stopped):
        train(task_of(parted, split), SETTINGS, tmp_path / "parted", stop_in_the_last_epoch)
    again = train(task_of(resumed, split), SETTINGS, tmp_path / "parted", silent)
    assert [replace(each, seconds=0) for each in again] == [replace(each, seconds=0) for each in history]
    assert same(weights_of(whole), weights_of(resumed))


def test_what_another_training_left_is_swept_away(small: Base, split: Split, tmp_path: Path) -> None:
    train(task_of(small, split), replace(SETTINGS, epochs=1), tmp_path, silent)
    (tmp_path / "litter").touch()
    other = replace(SETTINGS, seed=1)
    history = train(task_of(small, split, other), replace(other, epochs=1), tmp_path, silent)
    assert len(history) == 1
    assert not (tmp_path / "litter").exists()


def test_a_finished_training_is_not_done_again(small: Base, split: Split, tmp_path: Path) -> None:
    first = train(task_of(small, split), SETTINGS, tmp_path, silent)
    assert train(task_of(small, split), SETTINGS, tmp_path, silent) == first


def test_a_step_takes_as_many_batches_as_are_accumulated(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, batch_size=4, accumulation=3)
    [history] = train(task_of(small, split, settings), settings, tmp_path, silent)
    batches = math.ceil(len(split.training) / 4)
    assert history.steps == math.ceil(batches / 3)


def test_parameters_named_in_rates_learn_at_their_share(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, weight_decay=0)
    before = weights_of(small)
    train(task_of(small, split, settings, rates={"shared.weight": 0.0}), settings, tmp_path, silent)
    changed = {name for name, weight in weights_of(small).items() if not torch.equal(weight, before[name])}
    assert "shared.weight" not in changed
    assert "decoder.block.0.layer.0.SelfAttention.q.weight" in changed


def test_the_curves_are_there_while_it_trains(small: Base, split: Split, tmp_path: Path) -> None:
    seen = []

    def watch(stage: str, done: int, total: int) -> None:
        if (tmp_path / "curves.csv").is_file():
            with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
                seen.append(len(list(csv.DictReader(file))))

    train(task_of(small, split), SETTINGS, tmp_path, watch)
    assert set(seen) >= {1, 2}
    assert list((tmp_path / "events").iterdir())


def test_progress_counts_up_to_all_steps(small: Base, split: Split, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    train(task_of(small, split), SETTINGS, tmp_path, lambda stage, done, total: told.append((done, total)))
    steps = 3 * math.ceil(len(split.training) / 8)
    assert told == [(number, steps) for number in range(steps + 1)]

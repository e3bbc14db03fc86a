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
from finetune.seq2seq.settings import TrainingSettings
from finetune.seq2seq.task import Loss, generation_task
from finetune.seq2seq.validation import smoothed_cross_entropy
from finetune.training.learning_curves import Epoch
from finetune.training.resumption import identify
from finetune.training.trainer import Task, best_of, schedule, train
from index.encoders.weights import Weights
from index.progress import silent

SETTINGS = TrainingSettings(
    epochs=3, batch_size=8, max_input_tokens=32, max_target_tokens=12, validation_products=3, learning_rate=0.01
)


class Stopped(Exception):
    """Simulates a kill."""


def task_of(
    base: Base, split: Split, settings: TrainingSettings = SETTINGS, loss: Loss | None = None, **others: Any
) -> Task[Any]:
    identity = identify(settings, ("seed",), split.fingerprint(), {})
    smoothed = functools.partial(smoothed_cross_entropy, smoothing=0.1)
    task = generation_task(
        identity, base.model, base.tokenizer, split, loss or smoothed, lambda case, rng: case, settings
    )
    return replace(task, **others)


def weights_of(base: Base) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in base.model.named_parameters()}


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return all(torch.equal(first[name], second[name]) for name in first)


def epoch(number: int, micro_f1: float, validation_loss: float) -> Epoch:
    return Epoch(number, number, 0.0, 0.0, validation_loss, micro_f1, 0.0)


def test_the_rate_rises_in_a_line_and_falls_as_half_a_cosine() -> None:
    # 100 steps; the first 10 warm up.
    assert schedule(0, 100, 0.1) == pytest.approx(1 / 10)
    assert schedule(4, 100, 0.1) == pytest.approx(5 / 10 * (1 + math.cos(math.pi * 0.04)) / 2)
    assert schedule(50, 100, 0.1) == pytest.approx(1 / 2)
    assert schedule(99, 100, 0.1) == pytest.approx((1 + math.cos(math.pi * 0.99)) / 2)
    assert schedule(0, 100, 0.0) == 1


def test_the_best_epoch_has_the_highest_f1_then_the_lowest_loss_then_comes_first() -> None:
    assert best_of([epoch(1, 0.5, 1.0), epoch(2, 0.6, 3.0), epoch(3, 0.6, 2.0), epoch(4, 0.6, 2.0)]).epoch == 3


def test_training_lowers_the_loss(small: Base, split: Split, tmp_path: Path) -> None:
    history = train(task_of(small, split), tmp_path, silent).history
    assert [each.epoch for each in history] == [1, 2, 3]
    assert history[-1].training_loss < history[0].training_loss
    assert history[-1].validation_loss < history[0].validation_loss


def test_training_stops_when_patience_is_over_and_keeps_the_best(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=9, patience=2, weight_decay=0)
    before = weights_of(small)
    taken = itertools.count()

    def loss(model: Any, batch: Batch) -> torch.Tensor:
        """Learn nothing in the first epoch, then train in the wrong direction."""
        first = next(taken) < math.ceil(len(split.training) / settings.batch_size)
        return smoothed_cross_entropy(model, batch, 0) * (0 if first else -1)

    history = train(task_of(small, split, settings, loss=loss), tmp_path, silent).history
    assert [each.epoch for each in history] == [1, 2, 3]
    assert history[2].validation_loss > history[1].validation_loss > history[0].validation_loss
    assert same(before, weights_of(small))


def test_a_training_that_was_stopped_ends_as_one_that_was_not(base: Path, split: Split, tmp_path: Path) -> None:
    def stop_in_the_last_epoch(stage: str, done: int, total: int) -> None:
        if done >= total - 1:
            raise Stopped

    whole, parted, resumed = (load_base(Weights("small", base, "folder"), "cpu") for _ in range(3))
    history = train(task_of(whole, split), tmp_path / "whole", silent).history
    with pytest.raises(Stopped):
        train(task_of(parted, split), tmp_path / "parted", stop_in_the_last_epoch)
    again = train(task_of(resumed, split), tmp_path / "parted", silent).history
    assert [replace(each, seconds=0) for each in again] == [replace(each, seconds=0) for each in history]
    assert same(weights_of(whole), weights_of(resumed))


def test_more_epochs_go_on_at_their_place_in_the_longer_schedule(base: Base, split: Split, tmp_path: Path) -> None:
    first, second, whole = (load_base(Weights("small", base, "folder"), "cpu") for _ in range(3))
    short = train(task_of(first, split), tmp_path / "parted", silent).history
    longer = replace(SETTINGS, epochs=5)
    outcome = train(task_of(second, split, longer), tmp_path / "parted", silent)
    assert (outcome.resumed_from, outcome.reason) == (3, "going on after epoch 3")
    assert outcome.history[:3] == short
    assert [each.epoch for each in outcome.history] == [1, 2, 3, 4, 5]
    at_once = train(task_of(whole, split, longer), tmp_path / "whole", silent).history
    # The last two epochs match a single run of five; the first three had a shorter learning-rate schedule.
    assert [each.learning_rate for each in outcome.history[3:]] == [each.learning_rate for each in at_once[3:]]
    assert [each.steps for each in outcome.history] == [each.steps for each in at_once]
    assert outcome.history[2].learning_rate < at_once[2].learning_rate


def test_fewer_epochs_than_before_train_nothing(small: Base, split: Split, tmp_path: Path) -> None:
    before = train(task_of(small, split), tmp_path, silent)
    after = train(task_of(small, split, replace(SETTINGS, epochs=2)), tmp_path, silent)
    assert after.history == before.history
    assert (after.resumed_from, after.reason) == (3, "going on after epoch 3; nothing is left to train")


def test_other_products_go_on_from_the_best_weights_measured_anew(base: Path, split: Split, tmp_path: Path) -> None:
    first, second, third = (load_base(Weights("small", base, "folder"), "cpu") for _ in range(3))
    before = train(task_of(first, split), tmp_path, silent)
    best = best_of(before.history)
    fewer = replace(split, training=split.training[:-8], validation=split.validation[:1])
    figures = task_of(first, fewer).validate()
    after = train(task_of(second, fewer, replace(SETTINGS, epochs=2)), tmp_path, silent)
    assert (before.resumed_from, before.reason) == (None, "there is no checkpoint to go on from")
    assert after.resumed_from == best.epoch
    assert after.reason == f"going on from epoch {best.epoch} with a fresh optimizer: the products have changed"
    assert after.history[0] == replace(best, validation_loss=figures.loss, micro_f1=figures.micro_f1)
    assert [each.epoch for each in after.history] == [best.epoch, best.epoch + 1, best.epoch + 2]
    # Warm-up and cosine start again: the learning rates are those of a new training of two epochs.
    steps = math.ceil(len(fewer.training) / SETTINGS.batch_size)
    assert after.history[1].steps == best.steps + steps
    assert after.history[1].learning_rate == pytest.approx(0.01 * schedule(steps - 1, 2 * steps, SETTINGS.warmup))
    # The continued training can itself be resumed: nothing is left to train.
    again = train(task_of(third, fewer, replace(SETTINGS, epochs=2)), tmp_path, silent)
    assert (again.history, again.reason) == (
        after.history,
        f"going on after epoch {best.epoch + 2}; nothing is left to train",
    )


def test_weights_that_other_products_do_not_better_stay(base: Path, split: Split, tmp_path: Path) -> None:
    first, second = (load_base(Weights("small", base, "folder"), "cpu") for _ in range(2))
    train(task_of(first, split), tmp_path, silent)
    fewer = replace(split, training=split.training[:-8])
    settings = replace(SETTINGS, epochs=2, weight_decay=0.0)
    worse = functools.partial(smoothed_cross_entropy, smoothing=0.0)
    outcome = train(task_of(second, fewer, settings, loss=lambda model, batch: -worse(model, batch)), tmp_path, silent)
    assert outcome.history[1].validation_loss > outcome.history[0].validation_loss
    assert same(weights_of(first), weights_of(second))


def test_another_setting_starts_anew_and_says_which_and_where_the_checkpoint_is_kept(
    small: Base, split: Split, tmp_path: Path
) -> None:
    train(task_of(small, split), tmp_path, silent)
    [kept] = tmp_path.glob("checkpoint-*.pt")
    content = kept.read_bytes()
    other = replace(SETTINGS, seed=1, batch_size=4)
    outcome = train(task_of(small, split, other), tmp_path, silent)
    assert outcome.resumed_from is None
    assert outcome.reason == (
        f"starting anew: the checkpoint was trained with seed 0, now 1; batch_size 8, now 4; it is kept in {kept}"
    )
    assert len(outcome.history) == 3
    assert kept.read_bytes() == content
    back = train(task_of(small, split), tmp_path, silent)
    assert (back.resumed_from, back.reason) == (3, "going on after epoch 3; nothing is left to train")


def test_curves_of_another_training_are_not_shown_while_one_starts(small: Base, split: Split, tmp_path: Path) -> None:
    train(task_of(small, split), tmp_path, silent)
    seen = []

    def watch(stage: str, done: int, total: int) -> None:
        seen.append((tmp_path / "curves.csv").exists())

    train(task_of(small, split, replace(SETTINGS, seed=1, epochs=2)), tmp_path, watch)
    assert (seen[0], seen[-1]) == (False, True)


def test_a_training_starts_anew_where_that_is_asked_for(small: Base, split: Split, tmp_path: Path) -> None:
    train(task_of(small, split), tmp_path, silent)
    outcome = train(task_of(small, split), tmp_path, silent, fresh=True)
    assert (outcome.resumed_from, outcome.reason) == (None, "starting anew, as asked")
    assert len(outcome.history) == 3


def test_a_finished_training_is_not_done_again(small: Base, split: Split, tmp_path: Path) -> None:
    first = train(task_of(small, split), tmp_path, silent).history
    assert train(task_of(small, split), tmp_path, silent).history == first


def test_a_step_takes_as_many_batches_as_are_accumulated(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, batch_size=4, accumulation=3)
    [history] = train(task_of(small, split, settings), tmp_path, silent).history
    batches = math.ceil(len(split.training) / 4)
    assert history.steps == math.ceil(batches / 3)


def test_parameters_named_in_rates_learn_at_their_share(small: Base, split: Split, tmp_path: Path) -> None:
    settings = replace(SETTINGS, epochs=1, weight_decay=0)
    before = weights_of(small)
    train(task_of(small, split, settings, rates={"shared.weight": 0.0}), tmp_path, silent)
    changed = {name for name, weight in weights_of(small).items() if not torch.equal(weight, before[name])}
    assert "shared.weight" not in changed
    assert "decoder.block.0.layer.0.SelfAttention.q.weight" in changed


def test_the_curves_are_there_while_it_trains(small: Base, split: Split, tmp_path: Path) -> None:
    seen = []

    def watch(stage: str, done: int, total: int) -> None:
        if (tmp_path / "curves.csv").is_file():
            with (tmp_path / "curves.csv").open(encoding="utf-8", newline="") as file:
                seen.append(len(list(csv.DictReader(file))))

    train(task_of(small, split), tmp_path, watch)
    assert set(seen) >= {1, 2}
    assert list((tmp_path / "events").iterdir())


def test_progress_counts_up_to_all_steps(small: Base, split: Split, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    train(task_of(small, split), tmp_path, lambda stage, done, total: told.append((done, total)))
    steps = 3 * math.ceil(len(split.training) / 8)
    assert told == [(number, steps) for number in range(steps + 1)]

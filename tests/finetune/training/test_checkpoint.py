import os
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import torch

from finetune.training.checkpoint import Checkpoint, load, load_all, path_of, save
from finetune.training.learning_curves import Epoch
from finetune.training.resumption import Identity
from index.errors import StaleArtifact

CPU = torch.device("cpu")
HISTORY = (Epoch(1, 10, 1e-3, 2.5, 2.25, 0.5, 3.0),)
MINE = Identity({"rank": 4}, {"batch_size": 8}, "products")


def checkpoint(identity: Identity = MINE) -> Checkpoint:
    optimizer = torch.optim.AdamW([torch.ones(2)]).state_dict()
    return Checkpoint(identity, 0, HISTORY, {"layer": torch.ones(2)}, {"layer": torch.zeros(2)}, optimizer)


def of_rank(rank: int) -> Identity:
    return replace(MINE, fixed={"rank": rank})


class Harmful:
    """Writes a file when unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path / "work")
    [(path, loaded)] = load_all(tmp_path / "work", CPU).items()
    assert (loaded.identity, loaded.begun, loaded.history) == (MINE, 0, HISTORY)
    assert loaded.weights["layer"].tolist() == [1, 1]
    assert loaded.best["layer"].tolist() == [0, 0]
    assert loaded.optimizer == checkpoint().optimizer
    assert list((tmp_path / "work").iterdir()) == [path] == [path_of(tmp_path / "work", MINE)]


def test_there_is_nothing_to_load_before_the_first_save(tmp_path: Path) -> None:
    assert load_all(tmp_path / "work", CPU) == {}


def test_a_training_has_one_file_whatever_its_products(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path)
    save(checkpoint(replace(MINE, products="more")), tmp_path)
    assert [each.identity for each in load_all(tmp_path, CPU).values()] == [replace(MINE, products="more")]


def test_of_other_trainings_only_the_last_ones_checkpoint_stays(tmp_path: Path) -> None:
    for place, rank in enumerate((1, 2, 3)):
        save(checkpoint(of_rank(rank)), tmp_path)
        os.utime(path_of(tmp_path, of_rank(rank)), (place, place))
    assert [each.identity for each in load_all(tmp_path, CPU).values()] == [of_rank(3), of_rank(2)]
    save(checkpoint(of_rank(2)), tmp_path)
    assert [each.identity for each in load_all(tmp_path, CPU).values()] == [of_rank(2), of_rank(3)]


def test_a_checkpoint_of_an_earlier_version_is_read_and_has_no_identity(tmp_path: Path) -> None:
    former = {"identity": "8e1f", "history": [asdict(HISTORY[0])], "weights": {}, "best": {}, "optimizer": {}}
    torch.save(former, tmp_path / "checkpoint.pt")
    [loaded] = load_all(tmp_path, CPU).values()
    assert (loaded.identity, loaded.begun, loaded.history) == (None, 0, HISTORY)


def test_a_damaged_checkpoint_is_refused_with_the_way_out(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path)
    path = path_of(tmp_path, MINE)
    path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(StaleArtifact, match=r"checkpoint-.*\.pt cannot be loaded: .*; delete it to start from scratch"):
        load(path, CPU)


def test_nothing_in_a_checkpoint_is_executed(tmp_path: Path) -> None:
    torch.save({"identity": "mine", "history": Harmful(tmp_path / "harm")}, tmp_path / "checkpoint.pt")
    with pytest.raises(StaleArtifact, match="cannot be loaded"):
        load_all(tmp_path, CPU)
    assert not (tmp_path / "harm").exists()

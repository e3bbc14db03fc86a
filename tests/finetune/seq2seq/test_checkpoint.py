from pathlib import Path

import pytest
import torch

from finetune.seq2seq.checkpoint import NAME, Checkpoint, load, save
from finetune.seq2seq.learning_curves import Epoch
from index.errors import StaleArtifact

CPU = torch.device("cpu")
HISTORY = (Epoch(1, 10, 1e-3, 2.5, 2.25, 0.5, 3.0),)


def checkpoint() -> Checkpoint:
    weights = {"layer": torch.ones(2)}
    return Checkpoint(
        "mine", HISTORY, weights, {"layer": torch.zeros(2)}, torch.optim.AdamW([torch.ones(2)]).state_dict()
    )


class Harmful:
    """Writes a file when it is unpickled."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (self.path,)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path / "work")
    loaded = load(tmp_path / "work", "mine", CPU)
    assert loaded is not None
    assert loaded.history == HISTORY
    assert loaded.weights["layer"].tolist() == [1, 1]
    assert loaded.best["layer"].tolist() == [0, 0]
    assert loaded.optimizer == checkpoint().optimizer
    assert [path.name for path in (tmp_path / "work").iterdir()] == [NAME]


def test_there_is_nothing_to_load_before_the_first_save(tmp_path: Path) -> None:
    assert load(tmp_path, "mine", CPU) is None


def test_the_checkpoint_of_another_training_is_none_of_ours(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path)
    assert load(tmp_path, "another", CPU) is None


def test_a_damaged_checkpoint_is_refused(tmp_path: Path) -> None:
    save(checkpoint(), tmp_path)
    (tmp_path / NAME).write_bytes((tmp_path / NAME).read_bytes()[:100])
    with pytest.raises(StaleArtifact, match=r"checkpoint.pt cannot be loaded"):
        load(tmp_path, "mine", CPU)


def test_nothing_in_a_checkpoint_is_executed(tmp_path: Path) -> None:
    torch.save({"identity": "mine", "history": Harmful(tmp_path / "harm")}, tmp_path / NAME)
    with pytest.raises(StaleArtifact, match="cannot be loaded"):
        load(tmp_path, "mine", CPU)
    assert not (tmp_path / "harm").exists()

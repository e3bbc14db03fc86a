from pathlib import Path

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from finetune.training.learning_curves import Epoch, write_csv, write_events, write_picture

FIRST = Epoch(1, 10, 1e-3, 2.5, 2.25, 0.5, 3.0)
SECOND = Epoch(2, 20, 5e-4, 1.5, 2.0, 0.75, 3.0)


def test_the_csv_has_a_line_for_each_epoch(tmp_path: Path) -> None:
    write_csv([FIRST, SECOND], tmp_path / "curves.csv")
    assert (tmp_path / "curves.csv").read_text("utf-8").splitlines() == [
        "epoch,steps,learning_rate,training_loss,validation_loss,micro_f1,seconds",
        "1,10,0.001,2.5,2.25,0.5,3",
        "2,20,0.0005,1.5,2,0.75,3",
    ]


def test_tensorboard_reads_the_curves_back(tmp_path: Path) -> None:
    write_events([FIRST, SECOND], tmp_path)
    events = EventAccumulator(str(tmp_path)).Reload()
    assert [(event.step, event.value) for event in events.Scalars("micro_f1")] == [(1, 0.5), (2, 0.75)]
    assert [event.value for event in events.Scalars("training_loss")] == [2.5, 1.5]
    assert set(events.Tags()["scalars"]) == {
        *("steps", "learning_rate", "training_loss", "validation_loss", "micro_f1", "seconds")
    }


def test_the_picture_is_a_png(tmp_path: Path) -> None:
    write_picture([FIRST, SECOND], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes().startswith(b"\x89PNG")

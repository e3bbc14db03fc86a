from index.store import Store
from tagger.jobs.learning_curves import curves_of, read

HEAD = "epoch,micro_f1\n"


def test_every_figure_is_read_by_epoch(tmp_path):
    (tmp_path / "curves.csv").write_text(HEAD + "1,0.5\n2,0.6\n", "utf-8")
    assert read(tmp_path / "curves.csv") == {"epoch": [1, 2], "micro_f1": [0.5, 0.6]}


def test_a_row_that_is_being_written_is_left_out(tmp_path):
    (tmp_path / "curves.csv").write_text(HEAD + "1,0.5\n2,", "utf-8")
    assert read(tmp_path / "curves.csv") == {"epoch": [1], "micro_f1": [0.5]}
    (tmp_path / "curves.csv").write_text(HEAD, "utf-8")
    assert read(tmp_path / "curves.csv") == {}


def test_the_training_under_way_comes_before_the_one_that_was_published(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store:
        assert curves_of(store) == {}
        with store.publication("adapter", {}) as folder:
            (folder / "curves.csv").write_text(HEAD + "1,0.5\n", "utf-8")
        assert curves_of(store)["micro_f1"] == [0.5]
        (store.folder / "training").mkdir()
        (store.folder / "training" / "curves.csv").write_text(HEAD + "1,0.7\n", "utf-8")
        assert curves_of(store)["micro_f1"] == [0.7]

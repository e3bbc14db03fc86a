import io

import pytest

from tagger.cli.progress import _Lines
from tagger.jobs.training.log import Log, Stage, read


def test_stages_have_their_first_and_last_figures():
    log = read("encode: 100 of 1,000 (2 s)\nencode: 500 of 1,000 (6 s)\nout of fold: 0 of 4 (9 s)\n")
    assert log.stages == [Stage("encode", 500, 1000, 100, 2, 6), Stage("out of fold", 0, 4, 0, 9, 9)]


def test_the_rate_counts_what_was_done_since_the_first_figure():
    stage = Stage("encode", 500, 1000, 100, 2, 6)
    assert stage.rate(6) == 400 / 4
    assert stage.seconds_left(6) == 5
    # Two seconds later, nothing more has been done.
    assert stage.seconds_left(8) == pytest.approx(500 / (400 / 6))
    assert Stage("encode", 0, 10, 0, 2, 2).seconds_left(5) is None
    assert not stage.whole


def test_other_lines_are_kept_and_a_crash_has_the_last_line_of_its_traceback():
    log = read("weights: packaged\nencode: 0 of 1 (0 s)\ntagweave: no product has tags\n")
    assert log.lines == ["weights: packaged", "tagweave: no product has tags"]
    assert log.traceback == ""
    crash = "encode: 0 of 1 (0 s)\nTraceback (most recent call last):\n  File\nMemoryError: too much\n"
    assert read(crash).traceback == "MemoryError: too much"


def test_a_stop_is_no_crash_and_half_a_line_nothing():
    log = read("encode: 1 of 10 (0 s)\ntagweave: stopped; run the same command again to go on\nencode: 5 o")
    assert (log.traceback, log.stages[0].done) == ("", 1)
    assert read("") == Log([], [], "")


def test_what_the_command_line_writes_can_be_read(monkeypatch):
    err = io.StringIO()
    monkeypatch.setattr("sys.stderr", err)
    lines = _Lines()
    lines("fit taggers", 0, 12_345)
    lines("fit taggers", 12_345, 12_345)
    [stage] = read(err.getvalue()).stages
    assert (stage.name, stage.done, stage.total, stage.whole) == ("fit taggers", 12_345, 12_345, True)

"""Beam search finds the best sequences of a small chain, each tag once."""

import numpy as np
import pytest

from tagger.neural.sequence.beam_search import search_beams, strongest, tag_scores

BEGIN, END, RED, MUG = range(4)
# The probability of each symbol after the symbol of the row.
CHAIN = np.log(
    np.array([[1e-9, 0.1, 0.5, 0.4], [1e-9, 1, 1e-9, 1e-9], [1e-9, 0.3, 0.1, 0.6], [1e-9, 0.9, 0.1, 1e-9]], np.float32)
)


def step(last: np.ndarray, kept: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return CHAIN[last], np.eye(4, dtype=np.float32)[last]


def test_the_sequences_come_with_their_probabilities_the_best_first() -> None:
    best, second, *_ = search_beams(step, begin=BEGIN, end=END, beams=3, longest=4)
    # begin, mug, end: 0.4 x 0.9; begin, red, mug, end: 0.5 x 0.6 x 0.9.
    assert (best.tags, np.exp(best.log)) == ((MUG,), pytest.approx(0.36, rel=1e-4))
    assert (second.tags, np.exp(second.log)) == ((RED, MUG), pytest.approx(0.27, rel=1e-4))
    scores = tag_scores([best, second])
    assert scores[MUG] == pytest.approx((0.36 * 0.4 + 0.27 * 0.6) / 0.63, rel=1e-4)
    assert strongest([best, second], RED).tolist() == [1, 0, 0, 0]
    assert strongest([best], RED) is None


def test_no_tag_is_written_twice_and_no_sequence_is_too_long() -> None:
    found = search_beams(step, begin=BEGIN, end=END, beams=8, longest=4)
    assert all(len(set(each.tags)) == len(each.tags) for each in found)
    assert search_beams(step, begin=BEGIN, end=END, beams=1, longest=1)[0].tags == (RED,)
    assert tag_scores([]) == {}

import numpy as np
import pytest

from tagger.rules.thresholds import fit_thresholds, threshold_for
from tagger.types import Suggestion


def test_the_threshold_is_the_lowest_with_the_wanted_precision_if_one_more_were_wrong() -> None:
    scores = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    hits = np.array([True, True, True, False, True])
    # Above 0.7 there are 3 of 3 right, 3 / 4 with one more miss; above 0.5 there are 4 of 5, 4 / 6.
    assert threshold_for(scores, hits, 0.75) == 0.7
    assert threshold_for(scores, hits, 0.6) == 0.5
    assert threshold_for(scores, hits, 0.9) == pytest.approx(1, abs=1e-5)
    assert threshold_for(np.zeros(0), np.zeros(0, bool), 0.5) == pytest.approx(1, abs=1e-5)


def test_equal_scores_stand_or_fall_together() -> None:
    scores = np.array([0.9, 0.9, 0.9, 0.8])
    assert threshold_for(scores, np.array([True, True, True, True]), 0.75) == 0.8
    assert threshold_for(scores, np.array([True, True, False, False]), 0.75) == pytest.approx(1, abs=1e-5)


def _cases(seed: int, count: int) -> tuple[list[list[Suggestion]], list[list[str]]]:
    """Return rankings in which `sure` is right from 0.3 on, and `unsure` from 0.8 on."""
    rng = np.random.default_rng(seed)
    rankings, gold = [], []
    for scores in rng.random((count, 2)):
        rankings.append([Suggestion("sure", scores[0]), Suggestion("unsure", scores[1])])
        least = {"sure": 0.3, "unsure": 0.8}
        gold.append([tag for tag, score in zip(least, scores, strict=True) if score > least[tag]])
    return rankings, gold


def test_each_tag_and_each_facet_gets_the_precision_that_was_asked_for() -> None:
    rankings, gold = _cases(1, 4000)
    found = fit_thresholds(rankings, gold, {"sure": "a", "unsure": "b"}.__getitem__, 0.95)
    assert found.of("sure", "a") == pytest.approx(0.27, abs=0.03)
    assert found.of("unsure", "b") == pytest.approx(0.79, abs=0.03)
    assert found.facets["a"] == pytest.approx(0.27, abs=0.03)
    assert 0.7 < found.whole < 0.8
    assert found.of("another", "b") == found.facets["b"]
    assert found.of("another", "c") == found.whole


def test_few_cases_keep_near_what_is_around_them() -> None:
    rankings, gold = _cases(1, 4000)
    rankings += [[Suggestion("rare", 0.5)]] * 15
    gold += [["rare"]] * 15
    found = fit_thresholds(rankings, gold, lambda tag: "a" if tag == "sure" else "b", 0.95)
    assert "rare" not in found.tags
    assert found.of("rare", "b") == found.facets["b"]
    again = fit_thresholds(rankings + rankings[-1:] * 45, gold + gold[-1:] * 45, lambda tag: tag, 0.95)
    assert 0.5 < again.facets["rare"] < again.whole

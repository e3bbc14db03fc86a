import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.errors import StaleArtifact
from index.product import Product
from tagger.calibration import BetaCalibration
from tagger.features import Candidates, candidates, columns
from tagger.ranker import (
    LearnedRanker,
    RankerSettings,
    calibrated,
    cross_fitted,
    grown,
    joined,
    rankings_of,
    raw_scores,
)
from tagger.statistics import TagStatistics
from tagger.suggestion import Ranking, Suggestion, ranked

TAGS = [f"tag{number}" for number in range(10)]
TAGGERS = ["good", "poor"]
SETTINGS = RankerSettings(rounds=30, leaves=8, least_in_leaf=10)
CALIBRATION = BetaCalibration(0.8, 1.2, -0.1)


def _products(count: int) -> list[Product]:
    rng = np.random.default_rng(1)
    return [
        Product(str(number), f"product {number}", tags=tuple(rng.choice(TAGS, 3, replace=False)))
        for number in range(count)
    ]


def _said(products: Sequence[Product]) -> dict[str, list[Ranking]]:
    """Let one tagger mostly know the tags, and the other guess."""
    rng = np.random.default_rng(2)

    def ranking(product: Product, knows: float) -> Ranking:
        scores = {tag: rng.uniform() + knows * (tag in product.tags) for tag in TAGS}
        return ranked({tag: score / 2 for tag, score in scores.items()}, 6)

    return {"good": [ranking(each, 0.8) for each in products], "poor": [ranking(each, 0.1) for each in products]}


PRODUCTS = _products(120)
SAID = _said(PRODUCTS)
STATISTICS = TagStatistics.of(PRODUCTS)
TABLE = candidates(PRODUCTS, SAID, STATISTICS, TAGGERS)
TARGETS = TABLE.targets([product.tags for product in PRODUCTS])


@pytest.fixture(scope="module")
def booster() -> Any:
    """Trees that were grown on all the products."""
    return grown(TABLE, TARGETS, TAGGERS, SETTINGS)


@pytest.fixture
def ranker(booster: Any) -> LearnedRanker:
    """A ranker of those trees with a calibration that is not the identity."""
    return LearnedRanker(booster, STATISTICS, TAGGERS, CALIBRATION)


def test_the_better_tagger_decides(ranker: LearnedRanker) -> None:
    fused = ranker.fuse(PRODUCTS, SAID, 3)
    right = sum(each.tag in product.tags for product, ranking in zip(PRODUCTS, fused, strict=True) for each in ranking)
    of_good = sum(
        each.tag in product.tags
        for product, ranking in zip(PRODUCTS, SAID["good"], strict=True)
        for each in ranking[:3]
    )
    assert right >= of_good
    importance = ranker.importance()
    assert sum(importance.values()) == pytest.approx(1)
    assert next(iter(importance)).startswith("good: ")


def test_scores_are_the_calibrated_probabilities_of_the_trees(ranker: LearnedRanker, booster: Any) -> None:
    [ranking] = ranker.fuse(PRODUCTS[:1], {name: said[:1] for name, said in SAID.items()}, 20)
    rows = TABLE.of(0)
    raw = booster.predict(TABLE.features[rows.start : rows.stop])
    expected = dict(zip(TABLE.tags[rows.start : rows.stop], CALIBRATION(raw), strict=True))
    assert dict(ranking) == pytest.approx(expected)
    assert all(0 < each.score < 1 for each in ranking)


def test_the_contributions_add_up_to_the_logit_of_the_raw_score(ranker: LearnedRanker, booster: Any) -> None:
    tags = [TABLE.tags[TABLE.of(at).start : TABLE.of(at).stop] for at in range(len(PRODUCTS))]
    shares = ranker.shares(PRODUCTS, SAID, tags)
    raw = raw_scores(booster, TABLE)
    sums = [sum(share.contribution for share in of_tag) for of_product in shares for of_tag in of_product]
    assert sums == pytest.approx(np.log(raw / (1 - raw)), abs=1e-6)


def test_each_share_names_its_source_and_the_score_that_it_gave(ranker: LearnedRanker) -> None:
    said = {"good": [[Suggestion("tag1", 0.9)]], "poor": [[Suggestion("tag2", 0.3)]]}
    [[tag2, tag1]] = ranker.shares(PRODUCTS[:1], said, [["tag2", "tag1"]])
    assert [(share.source, share.score) for share in tag1] == [
        ("good", 0.9),
        ("poor", None),
        ("statistics", None),
        ("base", None),
    ]
    assert [share.score for share in tag2] == [None, 0.3, None, None]
    # The mean answer of the trees is the same for every tag.
    assert tag1[3] == tag2[3]


def test_where_no_tag_is_asked_for_there_are_no_shares(ranker: LearnedRanker) -> None:
    assert ranker.shares(PRODUCTS[:2], {name: said[:2] for name, said in SAID.items()}, [[], []]) == [[], []]
    assert ranker.shares([], {"good": [], "poor": []}, []) == []


def test_where_nothing_is_said_nothing_is_suggested(ranker: LearnedRanker) -> None:
    assert ranker.fuse(PRODUCTS[:2], {"good": [[], []], "poor": [[], []]}, 5) == [[], []]
    assert ranker.fuse([], {"good": [], "poor": []}, 5) == []


def test_a_tagger_that_could_not_be_asked_is_no_error(ranker: LearnedRanker) -> None:
    [ranking] = ranker.fuse(PRODUCTS[:1], {"good": SAID["good"][:1]}, 2)
    assert ranking[0].tag in PRODUCTS[0].tags


def test_what_is_saved_is_loaded(ranker: LearnedRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path)
    loaded = LearnedRanker.load(tmp_path)
    assert loaded.fuse(PRODUCTS, SAID, 5) == ranker.fuse(PRODUCTS, SAID, 5)
    tags = [[ranking[0].tag] for ranking in SAID["good"]]
    assert loaded.shares(PRODUCTS, SAID, tags) == ranker.shares(PRODUCTS, SAID, tags)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ranker.json", "ranker.txt", "statistics.npz"]


def test_a_ranker_of_other_features_is_refused(ranker: LearnedRanker, tmp_path: Path) -> None:
    ranker.save(tmp_path)
    about = json.loads((tmp_path / "ranker.json").read_text())
    about["columns"][-1] = "statistics: colour of the text"
    (tmp_path / "ranker.json").write_text(json.dumps(about))
    with pytest.raises(StaleArtifact, match="the ranker was fitted on other features; run fit again"):
        LearnedRanker.load(tmp_path)


def test_the_same_seed_grows_the_same_trees(booster: Any) -> None:
    again = grown(TABLE, TARGETS, TAGGERS, SETTINGS)
    assert again.model_to_string() == booster.model_to_string()
    other = grown(TABLE, TARGETS, TAGGERS, replace(SETTINGS, seed=1))
    assert raw_scores(other, TABLE).tolist() != raw_scores(booster, TABLE).tolist()


def test_tables_are_joined_one_after_the_other() -> None:
    first = candidates(PRODUCTS[:70], {name: said[:70] for name, said in SAID.items()}, STATISTICS, TAGGERS)
    second = candidates(PRODUCTS[70:], {name: said[70:] for name, said in SAID.items()}, STATISTICS, TAGGERS)
    whole = joined([first, second])
    assert (whole.tags, whole.starts) == (TABLE.tags, TABLE.starts)
    assert whole.features.tolist() == TABLE.features.tolist()


def _halves() -> tuple[list[Candidates], list[np.ndarray]]:
    parts = [slice(None, 60), slice(60, None)]
    tables = [
        candidates(PRODUCTS[part], {name: said[part] for name, said in SAID.items()}, STATISTICS, TAGGERS)
        for part in parts
    ]
    return tables, [
        table.targets([product.tags for product in PRODUCTS[part]]) for table, part in zip(tables, parts, strict=True)
    ]


def test_cross_fitting_scores_each_part_by_trees_that_have_not_seen_it() -> None:
    tables, targets = _halves()
    first, second = cross_fitted(tables, targets, [0, 1], TAGGERS, SETTINGS)
    assert first.tolist() == raw_scores(grown(tables[1], targets[1], TAGGERS, SETTINGS), tables[0]).tolist()
    unlike = replace(SETTINGS, seed=SETTINGS.seed + 1)
    assert second.tolist() == raw_scores(grown(tables[0], targets[0], TAGGERS, unlike), tables[1]).tolist()


def test_two_parts_of_one_fold_are_scored_by_the_same_trees() -> None:
    tables, targets = _halves()
    thirds = [tables[0], tables[0], tables[1]]
    first, again, _ = cross_fitted(thirds, [targets[0], targets[0], targets[1]], [0, 0, 1], TAGGERS, SETTINGS)
    assert first.tolist() == again.tolist()
    assert first.tolist() == raw_scores(grown(tables[1], targets[1], TAGGERS, SETTINGS), tables[0]).tolist()


def test_calibration_makes_the_unseen_scores_fit_how_often_they_are_right() -> None:
    tables, targets = _halves()
    scores, right = np.concatenate(cross_fitted(tables, targets, [0, 1], TAGGERS, SETTINGS)), np.concatenate(targets)
    probabilities = calibrated([scores], [right])(scores)
    # A logistic regression with an intercept meets the mean of what it was fitted on.
    assert probabilities.mean() == pytest.approx(right.mean(), abs=1e-3)
    assert _log_loss(probabilities, right) <= _log_loss(scores, right)


def _log_loss(probabilities: np.ndarray, right: np.ndarray) -> float:
    return float(-np.log(np.where(right, probabilities, 1 - probabilities)).mean())


def test_rankings_are_cut_at_the_limit_best_first() -> None:
    table = Candidates(["a", "b", "c", "a"], [0, 3, 3, 4], np.zeros((4, 2), np.float32))
    scores = np.array([0.2, 0.9, 0.2, 0.5])
    assert rankings_of(table, scores, 2) == [[("b", 0.9), ("a", 0.2)], [], [("a", 0.5)]]


def test_the_trees_read_as_many_features_as_there_are_columns(booster: Any) -> None:
    assert booster.num_feature() == len(columns(TAGGERS)) == TABLE.features.shape[1] == 15

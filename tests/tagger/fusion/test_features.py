from math import log1p

import numpy as np
import pytest

from index.product import Product
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import candidates, columns, source_of
from tagger.fusion.position_features import position_features
from tagger.types import Ranking, Suggestion

STATISTICS = TagStatistics.of(
    [
        Product("1", "x", tags=("mug", "red")),
        Product("2", "x", tags=("mug", "red")),
        Product("3", "x", tags=("mug",)),
    ]
)
MUG = Product("p", "A red mug", lang="en")
SAID = {
    "knn": [[Suggestion("mug", 0.8), Suggestion("red", 0.4)]],
    "linear": [[Suggestion("杯子", 0.5)]],
}


def test_every_feature_names_its_source() -> None:
    names = columns(["knn", "my: own"])
    assert names[:4] == ["knn: score", "knn: reciprocal rank", "knn: share of best", "knn: best"]
    assert names[8:] == [
        "statistics: support",
        "statistics: frequency",
        "statistics: agreement",
        "statistics: tag length",
        "statistics: text length",
        "statistics: same language",
        "text: stands",
        "text: times",
        "text: place",
        "text: left of the title",
        "text: in the title",
        "text: within another",
        "text: words",
        "text: words that stand",
        "text: title length",
    ]
    assert [source_of(name) for name in names] == ["knn"] * 4 + ["my: own"] * 4 + ["statistics"] * 6 + ["text"] * 9


def test_each_candidate_is_described_by_what_the_taggers_say_and_by_its_statistics() -> None:
    table = candidates([MUG], SAID, STATISTICS, ["knn", "linear"])
    assert table.tags == ["mug", "red", "杯子"]
    assert table.starts == [0, 3]
    assert table.features.dtype == np.float32
    knn, linear, shared, text = np.split(table.features, [4, 8, 14], axis=1)
    # Score, 1 / rank, score relative to the best score, best score.
    assert knn.tolist() == [
        pytest.approx([0.8, 1, 1, 0.8]),
        pytest.approx([0.4, 1 / 2, 1 / 2, 0.8]),
        [0, 0, 0, knn[2, 3]],
    ]
    assert knn[2, 3] == pytest.approx(0.8)
    assert linear.tolist() == [[0, 0, 0, 0.5], [0, 0, 0, 0.5], [0.5, 1, 1, 0.5]]
    # Support: P(mug | red) = 2 / (2 + 2) and P(red | mug) = 2 / (3 + 2); the statistics do not contain 杯子.
    length = log1p(len("A red mug"))
    assert shared.tolist() == [
        pytest.approx([2 / 4, log1p(3), 1, 3, length, 1]),
        pytest.approx([2 / 5, log1p(2), 1, 3, length, 1]),
        pytest.approx([0, 0, 1, 2, length, 0]),
    ]
    assert np.array_equal(
        text, position_features([MUG], np.zeros(3, int), table.tags, np.arange(3)).astype(np.float32), equal_nan=True
    )


def test_agreement_counts_the_taggers_that_suggest_the_tag() -> None:
    said = {"knn": [[Suggestion("mug", 0.8)]], "linear": [[Suggestion("mug", 0.5), Suggestion("red", 0.1)]]}
    table = candidates([MUG], said, STATISTICS, ["knn", "linear"])
    assert table.features[:, columns(["knn", "linear"]).index("statistics: agreement")].tolist() == [2, 1]


def test_a_tagger_that_could_not_be_asked_has_missing_features_and_one_that_says_nothing_has_zeros() -> None:
    said: dict[str, list[Ranking]] = {"knn": [[Suggestion("mug", 0.8)]], "lexical": [[]]}
    [row] = candidates([MUG], said, STATISTICS, ["knn", "generator", "lexical"]).features
    assert np.isnan(row[4:8]).all()
    assert row[8:12].tolist() == [0, 0, 0, 0]
    assert np.isfinite(np.delete(row, range(4, 8))).all()


def test_a_best_score_of_zero_divides_nothing() -> None:
    [row] = candidates([MUG], {"knn": [[Suggestion("mug", 0.0)]]}, STATISTICS, ["knn"]).features
    assert row[:4].tolist() == [0, 1, 0, 0]


def test_candidates_are_kept_apart_by_product() -> None:
    said: dict[str, list[Ranking]] = {
        "knn": [[Suggestion("red", 0.2), Suggestion("mug", 0.1)], [], [Suggestion("mug", 0.3)]]
    }
    table = candidates([MUG] * 3, said, STATISTICS, ["knn"])
    assert table.tags == ["mug", "red", "mug"]
    assert table.starts == [0, 2, 2, 3]
    assert [list(table.of(place)) for place in range(3)] == [[0, 1], [], [2]]
    assert table.targets([("red",), ("mug",), ("mug", "red")]).tolist() == [False, True, True]


def test_only_some_candidates_are_kept_each_with_its_product() -> None:
    said: dict[str, list[Ranking]] = {
        "knn": [[Suggestion("red", 0.2), Suggestion("mug", 0.1)], [Suggestion("red", 0.4)], [Suggestion("mug", 0.3)]]
    }
    table = candidates([MUG] * 3, said, STATISTICS, ["knn"])
    kept = table.only(lambda tag: tag == "mug")
    assert (kept.tags, kept.starts) == (["mug", "mug"], [0, 1, 1, 2])
    assert np.array_equal(kept.features, table.features[[0, 3]])
    assert table.only(lambda tag: False).features.shape == (0, table.features.shape[1])


def test_no_product_has_no_candidate() -> None:
    table = candidates([], {"knn": []}, STATISTICS, ["knn"])
    assert (table.tags, table.starts, table.features.shape) == ([], [0], (0, 19))
    assert table.targets([]).dtype == np.bool_

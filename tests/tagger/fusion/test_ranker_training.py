from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pytest

from index.product import Product
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import Candidates, candidates
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.fusion.ranker import LearnedRanker
from tagger.fusion.ranker_training import CrossFit, Rows, Trained, train_ranker
from tagger.gbdt import TrainingRows, TreeSettings, sigmoid
from tagger.plugins.threads import one_thread_per_core
from tagger.types import Ranking, ranked

FAMILIES = [[f"{family} {number}" for number in range(5)] for family in ("round", "square")]
TAGS = [tag for family in FAMILIES for tag in family]
SETTINGS = TreeSettings(rounds=30, leaves=8, least_in_leaf=10)


def _products(count: int) -> list[Product]:
    rng = np.random.default_rng(1)
    return [
        Product(str(number), f"product {number}", tags=tuple(rng.choice(FAMILIES[number % 2], 3, replace=False)))
        for number in range(count)
    ]


def _said(products: Sequence[Product]) -> list[Ranking]:
    rng = np.random.default_rng(2)
    scores = [{tag: (rng.uniform() + 0.5 * (tag in product.tags)) / 2 for tag in TAGS} for product in products]
    return [ranked(each, 8) for each in scores]


PRODUCTS = _products(240)
STATISTICS = TagStatistics.of(PRODUCTS)


def _judged(fold: int, products: Sequence[Product], *, whole: bool = True) -> FoldPredictions:
    said = {"one": _said(products)}
    table = candidates(products, said, STATISTICS, ["one"])
    return FoldPredictions(fold, products, said, table, STATISTICS, whole)


FOLDS = [_judged(fold, PRODUCTS[fold::3]) for fold in range(3)]


def _targets(part: FoldPredictions) -> np.ndarray:
    return part.table.targets(part.gold)


def _first_of(held: int, parts: Sequence[FoldPredictions]) -> np.ndarray:
    """Return the first-pass logits of a fold's parts, from trees trained on the other folds, with the fold as seed."""
    others = np.concatenate([np.full(len(part.table.tags), part.fold != held) for part in parts])
    features = np.concatenate([part.table.features for part in parts])
    targets = np.concatenate([_targets(part) for part in parts])
    trees = TrainingRows(features, targets, SETTINGS).fit(np.flatnonzero(others), seed=held)
    return np.concatenate([trees.logits(part.table.features) for part in parts if part.fold == held])


@pytest.fixture(scope="module")
def result() -> Trained:
    return train_ranker(FOLDS, STATISTICS, ["one"], SETTINGS, 20)


def _rows(parts: Sequence[FoldPredictions]) -> list[Rows]:
    sizes = [len(part.table.tags) for part in parts]
    return [
        Rows(part.fold, part.table.features, _targets(part), np.zeros(size), np.ones(size, bool))
        for part, size in zip(parts, sizes, strict=True)
    ]


def cross_fit(rows: Sequence[Rows], settings: TreeSettings) -> list[np.ndarray]:
    with one_thread_per_core() as threads:
        return CrossFit(rows, settings, threads).logits_of(rows)


def test_cross_fitting_scores_each_part_by_trees_that_have_not_seen_it() -> None:
    found = cross_fit(_rows(FOLDS), SETTINGS)
    assert [each.tolist() for each in found] == [_first_of(fold, FOLDS).tolist() for fold in range(3)]


def test_what_a_part_says_is_not_in_its_own_scores_but_in_those_of_the_others() -> None:
    rows = _rows(FOLDS)
    turned = [replace(rows[0], targets=~rows[0].targets), *rows[1:]]
    before, after = cross_fit(rows, SETTINGS), cross_fit(turned, SETTINGS)
    assert after[0].tolist() == before[0].tolist()
    assert after[1].tolist() != before[1].tolist()


def test_two_parts_of_one_fold_are_scored_by_the_same_trees() -> None:
    rows = _rows([FOLDS[0], FOLDS[0], FOLDS[1]])
    first, again, _ = cross_fit(rows, SETTINGS)
    assert first.tolist() == again.tolist()
    assert [*first, *again] == _first_of(0, [FOLDS[0], FOLDS[0], FOLDS[1]]).tolist()


def test_a_parts_offsets_are_in_its_scores() -> None:
    rows = [replace(each, offsets=np.full(len(each.targets), 0.25)) for each in _rows(FOLDS[:2])]
    found = cross_fit(rows, SETTINGS)
    features, targets = (np.concatenate([getattr(each, name) for each in rows]) for name in ("features", "targets"))
    data = TrainingRows(features, targets, SETTINGS, np.full(len(targets), 0.25))
    trees = data.fit(np.arange(len(rows[0].targets), len(targets)))
    assert found[0] == pytest.approx(trees.logits(rows[0].features) + 0.25)


def test_trees_trained_side_by_side_are_those_trained_one_by_one() -> None:
    with ThreadPoolExecutor(1) as one, ThreadPoolExecutor(4) as four:
        rows = _rows(FOLDS)
        alone, together = (CrossFit(rows, SETTINGS, threads) for threads in (one, four))
        assert alone.whole().text == together.whole().text
        assert [each.tolist() for each in alone.logits_of(rows)] == [each.tolist() for each in together.logits_of(rows)]


def test_few_that_are_right_are_told_apart_all_the_same() -> None:
    # Only 20 of 1,000 are right, all at high values. Starting from one half, the trees would find no split.
    column = np.linspace(0, 1, 1000)[:, None]
    targets = column[:, 0] > 0.98
    rows = [Rows(fold, column, targets, np.zeros(1000), np.ones(1000, bool)) for fold in range(2)]
    low, high = cross_fit(rows, TreeSettings(rounds=20))[0][[0, -1]]
    assert high > low
    assert low < np.log(20 / 980)


def test_the_second_pass_makes_scores_better_that_neither_pass_has_seen(result: Trained) -> None:
    first = np.concatenate([_first_of(fold, FOLDS) for fold in range(3)])
    targets = np.concatenate([_targets(part) for part in FOLDS])
    assert _log_loss(_scores(result, FOLDS), targets) < _log_loss(sigmoid(first), targets) - 0.02


def test_calibration_makes_the_unseen_scores_fit_how_often_they_are_right(result: Trained) -> None:
    targets = np.concatenate([_targets(part) for part in FOLDS])
    # A logistic regression with an intercept reproduces the mean of its training targets.
    assert _scores(result, FOLDS).mean() == pytest.approx(targets.mean(), abs=1e-3)


def test_there_is_one_ranking_for_each_product_of_each_part(result: Trained) -> None:
    assert [len(each) for each in result.rankings] == [len(part.products) for part in FOLDS]
    for part, rankings in zip(FOLDS, result.rankings, strict=True):
        for at, ranking in enumerate(rankings):
            assert {each.tag for each in ranking} == {part.table.tags[row] for row in part.table.of(at)}


def test_a_product_is_not_ranked_by_trees_that_know_its_tags(result: Trained) -> None:
    fused = result.ranker.score(FOLDS[0].products, FOLDS[0].rankings).rankings(20)
    right = _targets(FOLDS[0])
    # The final ranker was trained on these products, so it does better on them.
    assert _log_loss(_in_order(fused, FOLDS[0].table), right) < _log_loss(_scores(result, FOLDS[:1]), right) - 0.01


def test_training_again_gives_the_same(result: Trained) -> None:
    again = train_ranker(FOLDS, STATISTICS, ["one"], SETTINGS, 20)
    assert again.rankings == result.rankings
    assert _said_by(again.ranker) == _said_by(result.ranker)


def test_what_does_not_teach_is_scored_and_not_learnt_from() -> None:
    rows = _rows(FOLDS[:2])
    half = np.arange(len(rows[1].teach)) % 2 == 0
    found = cross_fit([rows[0], replace(rows[1], teach=half)], SETTINGS)
    features = np.concatenate([rows[0].features, rows[1].features[half]])
    targets = np.concatenate([rows[0].targets, rows[1].targets[half]])
    trees = TrainingRows(features, targets, SETTINGS).fit(np.arange(len(rows[0].targets), len(targets)))
    assert found[0].tolist() == trees.logits(rows[0].features).tolist()
    assert len(found[1]) == len(half)


NEW = "new"


def _with_new(part: FoldPredictions) -> FoldPredictions:
    """Return a part in which each product has only a new tag, with a score at which known tags are seldom right."""
    said = [ranked({**dict(ranking), NEW: 0.3}, 9) for ranking in part.rankings["one"]]
    products = [replace(product, tags=(NEW,)) for product in part.products]
    table = candidates(products, {"one": said}, STATISTICS, ["one"])
    return FoldPredictions(part.fold, products, {"one": said}, table, STATISTICS, whole=False)


def test_of_a_part_with_hidden_tags_only_what_is_new_is_learnt_from_and_ranked() -> None:
    partial = [_with_new(part) for part in FOLDS]
    found = train_ranker([*FOLDS, *partial], STATISTICS, ["one"], SETTINGS, 20)
    assert all(set(dict(ranking)) == {NEW} for rankings in found.rankings[3:] for ranking in rankings)
    # All known tags are wrong in these parts. If they were used for training, the scores would no longer fit.
    targets = np.concatenate([_targets(part) for part in FOLDS])
    assert _scores(found, FOLDS).mean() == pytest.approx(targets.mean(), abs=0.02)


def test_both_passes_learn_what_a_new_tag_is_worth_among_known_ones(result: Trained) -> None:
    partial = [_with_new(part) for part in FOLDS]
    taught = train_ranker([*FOLDS, *partial], STATISTICS, ["one"], SETTINGS, 20)
    asked, said = partial[0].products[:9], {"one": partial[0].rankings["one"][:9]}

    def mean_of_new(ranker: LearnedRanker) -> float:
        return float(np.mean([dict(ranking)[NEW] for ranking in ranker.score(asked, said).rankings(20)]))

    assert mean_of_new(taught.ranker) > 0.9
    # Without parts with hidden tags, the ranker never learns that a tag without products can be right.
    assert mean_of_new(result.ranker) < mean_of_new(taught.ranker) - 0.1


def _scores(result: Trained, parts: Sequence[FoldPredictions]) -> np.ndarray:
    pairs = zip(result.rankings, parts, strict=False)
    return np.concatenate([_in_order(rankings, part.table) for rankings, part in pairs])


def _in_order(rankings: Sequence[Ranking], table: Candidates) -> np.ndarray:
    """Return the scores in the order of the candidate table."""
    by_tag = [dict(ranking) for ranking in rankings]
    return np.array([by_tag[at][table.tags[row]] for at in range(len(rankings)) for row in table.of(at)])


def _said_by(ranker: LearnedRanker) -> list[Ranking]:
    return ranker.score(PRODUCTS[:9], {"one": _said(PRODUCTS[:9])}).rankings(20)


def _log_loss(probabilities: np.ndarray, right: np.ndarray) -> float:
    return float(-np.log(np.where(right, probabilities, 1 - probabilities)).mean())

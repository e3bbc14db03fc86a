import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from tagger.fusion.calibration import BetaCalibration, ByLanguage, fit_by_language, fit_calibration, fit_logistic


def test_the_default_is_the_identity() -> None:
    scores = np.array([0.0, 0.001, 0.25, 0.5, 0.9, 1.0])
    assert BetaCalibration()(scores) == pytest.approx(scores, abs=1e-8)


def test_the_map_is_the_one_of_the_paper() -> None:
    # logit(p) = 2 ln 0.5 - 0.5 ln 0.5 + 1 = -1.5 ln 2 + 1
    [p] = BetaCalibration(2.0, 0.5, 1.0)(np.array([0.5]))
    assert p == pytest.approx(1 / (1 + np.exp(1.5 * np.log(2) - 1)))
    assert p == pytest.approx(0.490071, abs=1e-6)


@given(st.floats(0.05, 5), st.floats(0.05, 5), st.floats(-3, 3))
@example(1.0, 5.0, 3.0)
def test_positive_slopes_keep_the_order_strictly(a: float, b: float, c: float) -> None:
    probabilities = BetaCalibration(a, b, c)(np.linspace(0.001, 0.999, 200))
    assert (np.diff(probabilities) > 0).all()
    assert ((probabilities > 0) & (probabilities < 1)).all()


def test_a_known_distortion_is_found_again() -> None:
    rng = np.random.default_rng(0)
    chances = rng.uniform(0.02, 0.98, 40_000)
    hits = rng.uniform(size=len(chances)) < chances
    # The scores are distorted: logit(p) = 0.5 logit(s) - 0.3.
    logits = np.log(chances / (1 - chances))
    scores = 1 / (1 + np.exp(-(logits + 0.3) / 0.5))
    found = fit_calibration(scores, hits)
    assert (found.a, found.b, found.c) == pytest.approx((0.5, 0.5, -0.3), abs=0.05)
    assert np.abs(found(scores) - chances).max() < 0.02


@pytest.mark.parametrize(("right", "wrong"), [(0, 50), (9, 50), (50, 9), (0, 0)])
def test_too_few_of_either_outcome_give_the_identity(right: int, wrong: int) -> None:
    scores = np.linspace(0.1, 0.9, right + wrong)
    assert fit_calibration(scores, [True] * right + [False] * wrong) == BetaCalibration()


def test_scores_that_mean_their_contrary_give_the_identity() -> None:
    scores = np.linspace(0.01, 0.99, 200)
    assert fit_calibration(scores, scores < 0.5) == BetaCalibration()


def test_scores_that_say_nothing_give_the_identity() -> None:
    assert fit_calibration(np.full(100, 0.5), [True, False] * 50) == BetaCalibration()


def _cases(count: int, power: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return scores, and outcomes that are right with a probability of score ** power."""
    random = np.random.default_rng(seed)
    scores = random.uniform(0.02, 0.98, count)
    return scores, random.uniform(size=count) < scores**power


def test_each_language_with_enough_cases_has_a_calibration_of_its_own() -> None:
    (english, right), (chinese, true) = _cases(4000, 1.0, 1), _cases(4000, 3.0, 2)
    scores, hits = np.concatenate([english, chinese]), np.concatenate([right, true])
    languages = ["en"] * 4000 + ["zh"] * 4000
    by_language = fit_by_language(scores, hits, languages)
    found = by_language(scores, languages)
    for spoken in (slice(4000), slice(4000, None)):
        assert found[spoken].mean() == pytest.approx(hits[spoken].mean(), abs=1e-3)
    half = np.array([0.5])
    assert by_language(half, ["en"])[0] == pytest.approx(0.5, abs=0.05)
    assert by_language(half, ["zh"])[0] == pytest.approx(0.125, abs=0.05)


def test_a_language_with_few_cases_is_calibrated_as_all_together() -> None:
    scores, hits = _cases(4000, 2.0, 3)
    languages = ["en"] * 3900 + ["ja"] * 100
    by_language = fit_by_language(scores, hits, languages)
    assert set(by_language.of) == {"en"}
    half = np.array([0.5])
    assert by_language(half, ["ja"]) == by_language.whole(half)
    assert by_language(half, ["ko"]) == by_language.whole(half) == fit_calibration(scores, hits)(half)


def test_calibrations_come_back_from_plain_values() -> None:
    calibration = ByLanguage(BetaCalibration(0.9, 1.1, 0.2), {"zh": BetaCalibration(0.8, 1.0, -0.3)})
    assert ByLanguage.from_dict(calibration.as_dict()) == calibration
    assert calibration(np.zeros(0), []).shape == (0,)


@pytest.mark.parametrize("count", [60, 5000])
def test_the_logistic_regression_agrees_with_that_of_scikit_learn(count: int) -> None:
    random = np.random.default_rng(count)
    columns = random.normal(size=(count, 2)) @ np.array([[1.0, 0.8], [0.0, 0.5]])
    hits = random.random(count) < 1 / (1 + np.exp(-(columns @ [1.5, -0.7] - 1)))
    reference = LogisticRegression(C=1e6, tol=1e-8, max_iter=1000).fit(columns, hits)
    assert fit_logistic(columns, hits) == pytest.approx([*reference.coef_[0], *reference.intercept_], abs=1e-5)


def test_the_logistic_regression_ends_if_no_finite_weights_are_best() -> None:
    columns = np.linspace(-1, 1, 100)[:, None]
    [weight, intercept] = fit_logistic(columns, columns[:, 0] > 0)
    assert weight > 100
    assert intercept == pytest.approx(0, abs=1e-3)

import json

import numpy as np
import pytest

from tagger.gbdt import sigmoid
from tagger.novelty.features import FEATURES, UNSEEN
from tagger.novelty.model import FamiliarityModel, Scale, Scales, fit_model

# In units of the scale below: its mean is 10, its deviation 2.
PLAIN = Scale([10.0] * len(FEATURES), [2.0] * len(FEATURES))


def rows(center, count=300, seed=0):
    return np.random.default_rng(seed).normal(center, 1.0, (count, len(FEATURES)))


def test_the_chance_is_the_sigmoid_of_the_weighted_deviations():
    model = FamiliarityModel(Scales(PLAIN, {}), [1.0, 0.5, -2.0, 0.0, 0.0], 0.25, 0.5)
    # 14 is two deviations above the mean, 8 one below, and 1000 counts as three.
    [chance] = model.chances(np.array([[14.0, 8.0, 11.0, 1000.0, 10.0]]), ["en"])
    assert chance == pytest.approx(sigmoid(2 * 1.0 - 1 * 0.5 + 0.5 * -2.0 + 0.25))
    assert model.parts(np.array([[14.0, 8.0, 1000.0, 0.0, 0.0]]), ["en"])[0].tolist() == [2.0, -0.5, -6.0, 0.0, 0.0]


def test_each_language_has_its_own_scale():
    other = Scale([0.0] * len(FEATURES), [1.0] * len(FEATURES))
    model = FamiliarityModel(Scales(PLAIN, {"zh": other}), [1.0] + [0.0] * 4, 0.0, 0.5)
    features = np.array([[2.0] * len(FEATURES)] * 2)
    assert model.chances(features, ["zh", "en"]) == pytest.approx(sigmoid([2.0, -3.0]))


def test_a_model_tells_two_groups_apart_and_takes_one_in_a_hundred_of_the_own_for_unknown():
    own, left_out = rows(0.0), rows(-1.0, seed=1)
    own[:, UNSEEN], left_out[:, UNSEEN] = -own[:, UNSEEN], -left_out[:, UNSEEN]
    model = fit_model(own, ["en"] * 300, left_out, ["en"] * 300)
    unknown = model.chances(own, ["en"] * 300) < model.least
    assert unknown.mean() == pytest.approx(0.01, abs=0.004)
    assert (model.chances(left_out, ["en"] * 300) < model.least).mean() > 0.5
    assert all(weight * (-1 if at == UNSEEN else 1) > 0 for at, weight in enumerate(model.weights))


def test_the_threshold_is_no_higher_than_left_out_kinds_need():
    own, left_out = rows(0.0), rows(-9.0, seed=1)
    own[:, UNSEEN], left_out[:, UNSEEN] = -own[:, UNSEEN], -left_out[:, UNSEEN]
    model = fit_model(own, ["en"] * 300, left_out, ["en"] * 300)
    assert (model.chances(left_out, ["en"] * 300) < model.least).mean() == 1.0
    assert (model.chances(own, ["en"] * 300) >= model.least).all()


def test_a_feature_that_points_the_wrong_way_gets_no_weight():
    own, left_out = rows(0.0), rows(-1.0, seed=1)
    model = fit_model(own, ["en"] * 300, left_out, ["en"] * 300)
    # Here the left-out products have fewer unseen words than the store's own: an accident.
    assert model.weights[UNSEEN] == 0.0
    assert all(weight > 0 for at, weight in enumerate(model.weights) if at != UNSEEN)


def test_a_model_reads_what_it_wrote():
    model = fit_model(rows(0.0), ["en"] * 200 + ["zh"] * 100, rows(-2.0, seed=1), ["en"] * 300)
    assert FamiliarityModel.from_dict(json.loads(json.dumps(model.as_dict()))) == model


def test_there_is_no_step_at_the_threshold():
    model = FamiliarityModel(Scales(PLAIN, {}), [1.0] * 5, 0.0, least=0.2)
    assert model.relative(np.array([0.2 - 1e-9, 0.2, 0.9])) == pytest.approx([1.0, 1.0, 1.0])
    assert model.relative(np.array([0.1])) == pytest.approx([((0.1 / 0.9) / (0.2 / 0.8)) ** 2])

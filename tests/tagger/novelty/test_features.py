import numpy as np
import pytest

from tagger.novelty.features import agreement, named_kind, of_similarities, unseen_share
from tagger.novelty.kinds import find_kinds
from tagger.types import LabelledHit, Suggestion

KINDS = {"mug": 0.5, "vase": 0.6}


def test_the_nearest_products_count_and_how_far_the_first_is_ahead():
    near, lead = of_similarities(np.array([[0.9, 0.8, 0.7, 0.4]]))
    assert near.tolist() == pytest.approx([0.8])
    assert lead.tolist() == pytest.approx([0.9 - 0.7])


def test_the_share_of_unseen_words():
    assert unseen_share(np.array([0, 3, 1, 0])) == 0.5
    assert unseen_share(np.array([], int)) == 1.0


def test_only_a_kind_counts_as_named():
    assert named_kind([Suggestion("red", 0.9), Suggestion("mug", 0.7), Suggestion("vase", 0.2)], KINDS) == 0.7
    assert named_kind([Suggestion("red", 0.9)], KINDS) == 0.0


def test_neighbours_agree_as_far_as_they_share_a_kind_that_tells_something():
    hits = [LabelledHit(0.9, ("mug", "red")), LabelledHit(0.8, ("mug",)), LabelledHit(0.7, ("vase", "red"))]
    assert agreement(hits, KINDS) == pytest.approx(2 * 0.5 / 3)
    assert agreement([LabelledHit(0.9, ("red",))], KINDS) == 0.0


def test_a_kind_is_a_tag_that_neighbours_share():
    # Ten mugs and ten vases, each next to its own kind; every second product is red.
    tags = [frozenset({kind, *(["red"] if place % 2 else [])}) for kind in ("mug", "vase") for place in range(10)]
    tags += [frozenset({"plate"})] * 12
    sample = np.arange(20)
    nearest = np.array([[place // 10 * 10 + (place + step) % 10 for step in (1, 2)] for place in range(20)])
    kinds = find_kinds(tags, sample, nearest)
    assert kinds == {kind: pytest.approx(1 - np.log(10) / np.log(32)) for kind in ("mug", "vase")}

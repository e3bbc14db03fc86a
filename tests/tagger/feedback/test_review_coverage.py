import numpy as np
import pytest

from tagger.feedback.review_coverage import coverage, gains, likeness
from tagger.feedback.review_pool import ReviewPool
from tagger.feedback.review_priority import ReviewPriority

# Two products that are alike, and one apart.
VECTORS = np.array([[1, 0], [0.95, np.sqrt(1 - 0.95**2)], [0, 1]], np.float32)
NONE = np.zeros((0, 0), np.float32)


def pool(*doubts: float, reviewed: np.ndarray = NONE) -> ReviewPool:
    made = ReviewPool(reviewed)
    made.add([ReviewPriority(id, doubt, 0.0, 0) for id, doubt in zip("abc", doubts, strict=True)], VECTORS)
    return made


def best(made: ReviewPool, closed: str = "") -> str:
    found = made.best(set(closed))
    return found.id if found else ""


def test_likeness_falls_to_an_eighth_where_the_cosine_is_a_tenth_lower() -> None:
    alike = likeness(VECTORS, VECTORS)
    assert alike[0] == pytest.approx([1, np.exp(-0.05 / 0.05), np.exp(-1 / 0.05)], rel=1e-4)
    assert coverage(alike[:, [1, 2]]) == pytest.approx([np.exp(-1), 1, 1], rel=1e-4)
    assert coverage(alike[:, :0]) == pytest.approx([0, 0, 0])


def test_a_review_gains_the_doubt_that_no_other_covers() -> None:
    alike = np.array([[1, 0.5, 0], [0.5, 1, 0], [0, 0, 1]], np.float32)
    doubts = np.array([2, 1, 4], np.float32)
    assert gains(alike, doubts, np.zeros(3, np.float32)) == pytest.approx([2 * (2 + 0.5), 1 * (1 + 1), 4 * 4])
    # With the third reviewed, its doubt is covered; with the first, half of the second's is.
    assert gains(alike, doubts, alike[:, 2]) == pytest.approx([2 * (2 + 0.5), 1 * (1 + 1), 0])
    assert gains(alike, doubts, alike[:, 0]) == pytest.approx([2 * 0, 1 * 0.5, 16])


def test_of_equally_doubtful_products_one_of_a_crowd_comes_first_and_then_one_apart() -> None:
    made = pool(1, 1, 1)
    first = best(made)
    assert first in "ab"
    assert best(made, first) == "c"
    assert {best(made, f"{first}c"), first} == {"a", "b"}
    assert best(made, "abc") == ""


def test_what_is_more_doubtful_comes_first() -> None:
    assert best(pool(1, 1, 3)) == "c"


def test_products_reviewed_before_cover_others_too() -> None:
    assert best(pool(1, 1, 1, reviewed=VECTORS[:1])) == "c"


def test_where_all_is_covered_the_most_doubtful_comes_first() -> None:
    assert best(pool(1, 2, 1, reviewed=VECTORS)) == "b"


def test_an_empty_pool_has_nothing() -> None:
    assert best(ReviewPool(NONE)) == ""

import numpy as np
import pytest

from tagger.fusion.diversity import diverse, likeliest, marginally_relevant, rescale_similarities
from tagger.types import Suggestion

# Two names with the same direction, one at 60 degrees to them, and one at a right angle.
DIRECTIONS = {"phone": (1.0, 0.0), "mobile phone": (1.0, 0.0), "phone case": (0.5, 3**0.5 / 2), "red": (0.0, 1.0)}
RANKING = [
    Suggestion("phone", 0.9),
    Suggestion("mobile phone", 0.8),
    Suggestion("phone case", 0.6),
    Suggestion("red", 0.2),
]


class Directions:
    """Encodes names as known directions, and records the names it was asked for."""

    name, dim = "directions", 2

    def __init__(self):
        self.asked = []

    def encode(self, texts):
        self.asked.extend(texts)
        return np.array([DIRECTIONS[text] for text in texts], np.float32)


def chosen(diversity, limit=2, ranking=RANKING):
    return [each.tag for each in diverse(Directions(), diversity)(ranking, limit)]


def test_no_diversity_chooses_the_likeliest_and_embeds_nothing():
    encoder = Directions()
    assert diverse(encoder, 0.0)(RANKING, 2) == likeliest(RANKING, 2) == RANKING[:2]
    assert encoder.asked == []


@pytest.mark.parametrize(
    ("diversity", "second"),
    [
        # .95 * .8 - .05 * 1 = .71; .95 * .6 - .05 * .5 = .545; .95 * .2 = .19
        (0.05, "mobile phone"),
        # .7 * .8 - .3 * 1 = .26; .7 * .6 - .3 * .5 = .27; .7 * .2 = .14
        (0.3, "phone case"),
        # .4 * .8 - .6 = -.28; .4 * .6 - .6 * .5 = -.06; .4 * .2 = .08
        (0.6, "red"),
        (1.0, "red"),
    ],
)
def test_more_diversity_chooses_what_is_less_like_the_first(diversity, second):
    assert chosen(diversity) == ["phone", second]


def test_what_is_chosen_stays_in_the_rankings_order_with_its_scores():
    assert diverse(Directions(), 1.0)(RANKING, 3) == [RANKING[0], RANKING[2], RANKING[3]]


def test_all_are_returned_where_no_more_than_wanted_are_there():
    assert chosen(0.7, limit=4) == [each.tag for each in RANKING]
    assert chosen(0.7, limit=9) == [each.tag for each in RANKING]
    assert chosen(0.7, ranking=[]) == []
    assert chosen(0.7, limit=0) == []


def test_only_three_times_the_wanted_number_are_looked_at():
    encoder = Directions()
    diverse(encoder, 0.5)(RANKING, 1)
    assert encoder.asked == ["phone", "mobile phone", "phone case"]


def test_similarities_are_stretched_over_their_own_range():
    vectors = np.array([(1, 0), (0.8, 0.6), (0.6, 0.8)], np.float32)
    # The cosines of the pairs are .8, .6 and .96.
    expected = [[1, 0.2 / 0.36, 0], [0.2 / 0.36, 1, 1], [0, 1, 1]]
    assert rescale_similarities(vectors) == pytest.approx(np.array(expected), abs=1e-6)
    assert rescale_similarities(vectors[:1]) == pytest.approx(np.array([[1.0]]))


def test_ties_are_broken_by_place():
    assert marginally_relevant(np.array([0.5, 0.5, 0.5]), np.eye(3), 3, 0.5) == [0, 1, 2]

import pytest

from index.messages import Message
from index.product import Product
from tagger.corrections.effects import Correction
from tagger.fusion.corrected import CorrectedCandidates
from tagger.fusion.fuser import UNTRAINED
from tagger.novelty.recalibration import recalibrate
from tagger.results import KNOWN, Familiarity
from tagger.types import Suggestion

PRODUCTS = [Product("a", "mug"), Product("b", "wine")]
RANKINGS = {"only": [[Suggestion("mug", 0.8), Suggestion("red", 0.4)], [Suggestion("mug", 0.6)]]}
UNKNOWN = Familiarity(known=False, reason=Message("known.none-like-it"), chance=0.25)
NOTHING = Familiarity(known=False, reason=Message("known.no-content"), chance=0.0)


def scored(*familiarity):
    return recalibrate(UNTRAINED["weighted_sum"].score(PRODUCTS, RANKINGS), familiarity)


def test_the_tags_of_an_unknown_product_are_as_much_less_probable_as_its_kind_is():
    assert scored(KNOWN, UNKNOWN).rankings(5) == [RANKINGS["only"][0], [("mug", pytest.approx(0.15))]]


def test_the_tags_of_known_products_stay_as_they_are():
    assert scored(KNOWN, KNOWN).rankings(1) == [[("mug", 0.8)], [("mug", 0.6)]]


def test_a_text_that_says_nothing_has_no_tags():
    assert scored(KNOWN, NOTHING).rankings(5)[1] == []


def test_a_tag_that_a_person_decided_on_is_certain_even_on_an_unknown_product():
    corrections = [{}, {"wine": Correction(decided=True), "mug": Correction(shift=1.0)}]
    candidates = CorrectedCandidates(scored(KNOWN, UNKNOWN), corrections)
    (first, wine), (second, mug) = candidates.rankings(5)[1]
    assert (first, second) == ("wine", "mug")
    assert wine > 0.999
    # The logit of 0.6 is shifted by 1, which gives 0.803; a quarter of that is left.
    assert mug == pytest.approx(0.803 / 4, abs=1e-3)

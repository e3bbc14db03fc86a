from pathlib import Path

import pytest

from index.product import Product
from tagger.plugins import Resources
from tagger.taggers.prior import PriorTagger, create
from tagger.types import Suggestion

LEARNT = [
    Product("1", "杯子", lang="zh", tags=("mug", "red")),
    Product("2", "杯子", lang="zh", tags=("mug",)),
    Product("3", "lamp", lang="en", tags=("lamp", "red")),
    Product("4", "pan", lang="en", tags=("pan",)),
]


@pytest.fixture
def prior() -> PriorTagger:
    """A tagger fitted on two Chinese and two English products."""
    tagger = PriorTagger()
    tagger.fit(LEARNT)
    return tagger


def test_a_tag_scores_its_share_of_the_products_in_the_same_language(prior: PriorTagger) -> None:
    [zh, en] = prior.suggest([Product("a", "x", lang="zh"), Product("b", "x", lang="en")], 5)
    assert zh == [Suggestion("mug", 2 / 2), Suggestion("red", 1 / 2)]
    assert en == [Suggestion("lamp", 1 / 2), Suggestion("pan", 1 / 2), Suggestion("red", 1 / 2)]


def test_a_language_that_was_never_seen_gets_the_share_of_all_products(prior: PriorTagger) -> None:
    [ranking] = prior.suggest([Product("a", "x", lang="other")], 3)
    assert ranking == [Suggestion("mug", 2 / 4), Suggestion("red", 2 / 4), Suggestion("lamp", 1 / 4)]


def test_learning_again_forgets_what_was_learnt_before(prior: PriorTagger) -> None:
    prior.fit(LEARNT[3:])
    assert prior.suggest([Product("a", "x", lang="zh")], 5) == [[Suggestion("pan", 1.0)]]


def test_without_learning_there_is_nothing_to_suggest() -> None:
    assert PriorTagger().suggest([Product("a", "x")], 5) == [[]]


def test_one_ranking_may_be_changed_without_changing_another(prior: PriorTagger) -> None:
    first, second = prior.suggest([Product("a", "x", lang="zh"), Product("b", "x", lang="zh")], 5)
    first.clear()
    assert len(second) == 2


def test_what_is_saved_is_loaded(prior: PriorTagger, tmp_path: Path, resources: Resources) -> None:
    prior.save(tmp_path)
    loaded = create(resources)
    loaded.load(tmp_path)
    asked = [Product(lang, "x", lang=lang) for lang in ("zh", "en", "other")]
    assert loaded.suggest(asked, 5) == prior.suggest(asked, 5)

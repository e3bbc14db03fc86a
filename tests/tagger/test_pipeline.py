from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from index.errors import BadInput, MissingArtifact
from index.messages import Message
from index.product import Product
from tagger.fusion.fuser import UNTRAINED
from tagger.pipeline import Pipeline
from tagger.plugins import BaseTagger
from tagger.results import TagResult
from tagger.rules import Rules
from tagger.rules.settings import RulesSection
from tagger.types import Contribution, Evidence, Neighbour, Ranking, RuleEvidence, Span, Suggestion, ranked
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary([Entry("mug", "kind", {"zh": ("杯子",), "en": ("mug",)}), Entry("red", "colour")])
SPAN, NEIGHBOUR = Span(0, 3, "mug"), Neighbour("n", "Steel mug", 0.9, 1.0)


@dataclass
class Fixed:
    """Returns the same ranking for every product, and records the calls."""

    scores: Mapping[str, float]
    asked: list[tuple[int, int]] = field(default_factory=list)

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        self.asked.append((len(products), limit))
        return [ranked(self.scores, limit) for _ in products]


@dataclass
class Explaining(Fixed):
    """Returns the same evidence for each tag that it suggests."""

    evidence: Evidence = field(default_factory=Evidence)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return [{tag: self.evidence for tag in wanted if tag in self.scores} for wanted in tags]


class ByTitle:
    """Suggests each product's title as its tag."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        return [ranked({product.title: 1.0}, limit) for product in products]


def pipeline(threshold: float = 0.5, candidates: int = 20, **taggers: BaseTagger) -> Pipeline:
    return Pipeline(
        taggers, UNTRAINED["weighted_sum"], threshold=threshold, vocabulary=VOCABULARY, candidates=candidates
    )


TEXTS = Explaining({"mug": 0.8, "gift": 0.4}, evidence=Evidence(spans=(SPAN,)))
VOTES = Explaining({"mug": 0.6, "red": 0.2}, evidence=Evidence(neighbours=(NEIGHBOUR,)))


def test_a_pipeline_is_a_tagger_that_fuses_what_the_others_say() -> None:
    assert pipeline(texts=TEXTS, votes=VOTES).suggest([Product("p", "mug")], 2) == [
        [("mug", pytest.approx(0.7)), ("gift", pytest.approx(0.2))]
    ]


def test_with_expected_f1_each_product_has_the_set_that_is_worth_most() -> None:
    only = Fixed({"mug": 0.9, "red": 0.6, "gift": 0.02})
    fuser = UNTRAINED["weighted_sum"]
    asked = Pipeline({"only": only}, fuser, threshold=0.99, vocabulary=VOCABULARY, rule="expected_f1")
    product = Product("p", "mug")
    assert [each.accepted for each in asked.tag([product], 1)[0]] == [True]
    assert [each.accepted for each in asked.tag([product], 9)[0]] == [True, True, False]
    assert asked.explain(product, 9).threshold == pytest.approx(0.6)
    held = asked.variant(without=(), threshold=0.95)
    assert not any(each.accepted for each in held.tag([product], 9)[0])


def test_each_tagger_is_asked_for_as_many_candidates_as_the_setting_says() -> None:
    tagger = Fixed({"mug": 1.0})
    pipeline(candidates=7, only=tagger).suggest([Product("p", "mug")], 2)
    assert tagger.asked == [(1, 7)]


def test_many_products_are_asked_in_batches_and_stay_in_order() -> None:
    tagger = Fixed({})
    products = [Product(str(number), f"title {number}") for number in range(600)]
    rankings = pipeline(titles=ByTitle(), counting=tagger).suggest(products, 5)
    assert [ranking[0].tag for ranking in rankings] == [product.title for product in products]
    assert tagger.asked == [(256, 20), (256, 20), (88, 20)]


def test_no_product_has_no_ranking() -> None:
    assert pipeline(texts=TEXTS).suggest([], 5) == []
    assert pipeline(texts=TEXTS).tag([], 5) == []


def test_a_tag_is_accepted_from_the_threshold_on_and_new_where_the_vocabulary_lacks_it() -> None:
    [[mug, gift]] = pipeline(threshold=0.4, texts=TEXTS).tag([Product("p", "mug")], 5)
    assert mug == TagResult("mug", 0.8, accepted=True, new=False, facet="kind", labels={"zh": "杯子", "en": "mug"})
    assert gift == TagResult("gift", 0.4, accepted=True, new=True)
    [[_, gift]] = pipeline(threshold=0.41, texts=TEXTS).tag([Product("p", "mug")], 5)
    assert not gift.accepted


def test_only_a_category_of_a_taxonomy_says_its_path() -> None:
    vocabulary = Vocabulary([Entry("home", "category"), Entry("mug", "category", parents=("home",)), Entry("red")])
    fuser = UNTRAINED["weighted_sum"]
    asked = Pipeline(
        {"only": Fixed({"mug": 0.9, "home": 0.8, "red": 0.7})}, fuser, threshold=0.5, vocabulary=vocabulary
    )
    mug, home, red = asked.explain(Product("p", "mug"), 3).as_dict()["tags"]
    assert (mug["path"], home["path"]) == ({"en": ["home", "mug"]}, {"en": ["home"]})
    assert "path" not in red


def test_an_answer_shows_the_evidence_of_every_tagger_and_what_each_contributed() -> None:
    answer = pipeline(texts=TEXTS, votes=VOTES, silent=Fixed({})).explain(Product("p", "mug"), 2)
    mug, gift = answer.tags
    assert (mug.tag, mug.accepted, gift.tag) == ("mug", False, "gift")
    assert mug.evidence.spans == (SPAN,)
    assert mug.evidence.neighbours == (NEIGHBOUR,)
    assert mug.evidence.shares == (
        Contribution("texts", 0.8, pytest.approx(0.8 / 3)),
        Contribution("votes", 0.6, pytest.approx(0.2)),
        Contribution("silent", None, 0.0),
    )
    assert sum(share.contribution for share in mug.evidence.shares) == pytest.approx(mug.probability)
    assert (gift.evidence.spans, gift.evidence.neighbours) == ((SPAN,), ())


def test_an_answer_says_how_long_each_stage_took() -> None:
    seconds = pipeline(texts=TEXTS, votes=VOTES).explain(Product("p", "mug"), 2).seconds
    assert list(seconds) == ["texts", "votes", "fusion", "evidence"]
    assert all(0 <= each < 10 for each in seconds.values())


def test_an_answer_has_the_same_tags_as_a_suggestion() -> None:
    both = pipeline(texts=TEXTS, votes=VOTES)
    [ranking] = both.suggest([Product("p", "mug")], 3)
    assert [(each.tag, each.probability) for each in both.explain(Product("p", "mug"), 3).tags] == ranking


def test_where_nothing_is_said_the_answer_is_empty() -> None:
    assert pipeline(silent=Fixed({})).explain(Product("p", "mug"), 5).tags == []
    assert pipeline(texts=TEXTS).explain(Product("p", "mug"), 0).tags == []


def test_a_result_is_plain_values_for_json() -> None:
    [mug] = pipeline(texts=TEXTS).explain(Product("p", "mug"), 1).tags
    assert mug.as_dict() == {
        "tag": "mug",
        "probability": 0.8,
        "accepted": True,
        "new": False,
        "facet": "kind",
        "labels": {"zh": "杯子", "en": "mug"},
        "evidence": {
            "neighbours": (),
            "spans": ({"start": 0, "end": 3, "text": "mug"},),
            "shares": ({"source": "texts", "score": 0.8, "contribution": 0.8},),
            "decisions": (),
            "rules": (),
        },
        "proposed": False,
    }


class Failing:
    """Fails whenever it is asked."""

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        raise MissingArtifact("no weights")


def test_a_tagger_that_fails_fails_the_pipeline() -> None:
    with pytest.raises(MissingArtifact, match="no weights"):
        pipeline(texts=TEXTS, broken=Failing()).explain(Product("p", "mug"), 2)


def test_without_an_optional_tagger_that_fails_it_goes_on_and_says_so() -> None:
    going_on = Pipeline(
        {"texts": TEXTS, "broken": Failing()},
        UNTRAINED["weighted_sum"],
        threshold=0.5,
        vocabulary=VOCABULARY,
        optional=["broken"],
        without={"gone": Message("not there")},
    )
    answer = going_on.explain(Product("p", "mug"), 2)
    assert [tag.tag for tag in answer.tags] == ["mug", "gift"]
    assert answer.as_dict()["without"] == {"gone": "not there", "broken": "no weights"}
    assert going_on.suggest([Product("p", "mug")], 2) == pipeline(texts=TEXTS).suggest([Product("p", "mug")], 2)


def merged_pipeline() -> Pipeline:
    """Return a pipeline whose vocabulary has "cup" as an alias of "mug", which its taggers do not know."""
    vocabulary = Vocabulary([Entry("mug", "kind", {"en": ("mug", "cup")})])
    votes = Explaining({"cup": 0.6, "mug": 0.2, "red": 0.1}, evidence=Evidence(neighbours=(NEIGHBOUR,)))
    texts = Explaining({"cup": 0.5}, evidence=Evidence(spans=(SPAN,)))
    return Pipeline({"votes": votes, "texts": texts}, UNTRAINED["weighted_sum"], threshold=0.5, vocabulary=vocabulary)


def test_a_tag_that_was_merged_is_said_under_the_other_name_with_the_higher_score() -> None:
    assert merged_pipeline().suggest([Product("p", "cup")], 5) == [
        [("mug", pytest.approx((0.6 + 0.5) / 2)), ("red", pytest.approx(0.1 / 2))]
    ]


def test_the_evidence_for_a_tag_that_was_merged_goes_with_it() -> None:
    mug, red = merged_pipeline().explain(Product("p", "cup"), 5).tags
    assert (mug.tag, mug.new, red.tag, red.new) == ("mug", False, "red", True)
    # Neighbours voted for both names of the mug; the text contains one of them.
    assert mug.evidence.neighbours == (NEIGHBOUR, NEIGHBOUR)
    assert mug.evidence.spans == (SPAN,)
    assert red.evidence.neighbours == (NEIGHBOUR,)


def test_the_quick_pipeline_is_the_same_without_taggers_that_learnt_elsewhere() -> None:
    @dataclass
    class Elsewhere(Fixed):
        def unseen(self, product: Product) -> bool:
            return True

    both = pipeline(texts=TEXTS, slow=Elsewhere({"slow": 1.0}))
    [ranking] = both.quick().suggest([Product("p", "mug")], 5)
    assert ranking == pipeline(texts=TEXTS).suggest([Product("p", "mug")], 5)[0]
    only = pipeline(slow=Elsewhere({"slow": 1.0}))
    assert only.quick().suggest([Product("p", "mug")], 5) == only.suggest([Product("p", "mug")], 5)


def test_a_varied_pipeline_asks_fewer_and_accepts_from_elsewhere() -> None:
    whole = pipeline(texts=TEXTS, votes=VOTES)
    [[mug, *_]] = whole.variant(without=["votes"], threshold=0.3).tag([Product("p", "mug")], 5)
    [[alone, *_]] = pipeline(threshold=0.3, texts=TEXTS).tag([Product("p", "mug")], 5)
    assert mug == alone
    assert whole.variant(without=(), threshold=0.99).explain(Product("p", "mug"), 1).threshold == 0.99
    assert whole.variant(without=[]) is whole


@pytest.mark.parametrize(
    ("without", "line"),
    [
        (["none"], "no tagger 'none'; available: texts, votes"),
        (["texts", "votes"], "choose at least one tagger to ask"),
    ],
)
def test_what_cannot_be_varied_is_refused(without: list[str], line: str) -> None:
    with pytest.raises(BadInput, match=line):
        pipeline(texts=TEXTS, votes=VOTES).variant(without=without)


def test_rules_decide_on_what_is_suggested_and_accepted_and_are_in_the_evidence() -> None:
    section = RulesSection(deny=("gift",), never_automatic=("mug",), implies={"facet:colour": ("bright",)})
    ruled = Pipeline(
        {"votes": Explaining({"mug": 0.9, "gift": 0.8, "red": 0.7}, evidence=Evidence(spans=(SPAN,)))},
        UNTRAINED["weighted_sum"],
        threshold=0.5,
        vocabulary=VOCABULARY,
        rules=Rules(section, VOCABULARY),
    )
    product = Product("p", "mug")
    expected = [("mug", 0.9, False), ("bright", 0.7, True), ("red", 0.7, True)]
    [tagged] = ruled.tag([product], 5)
    assert [(each.tag, each.probability, each.accepted) for each in tagged] == expected
    assert [each.tag for each in ruled.tag([product], 2)[0]] == ["mug", "bright"]
    explained = ruled.explain(product, 5).tags
    assert [(each.tag, each.probability, each.accepted) for each in explained] == expected
    assert [each.evidence.rules for each in explained] == [
        (RuleEvidence("never_automatic", "mug"),),
        (RuleEvidence("implied", "red"),),
        (),
    ]
    assert [each.evidence.spans for each in explained] == [(SPAN,), (), (SPAN,)]
    assert ruled.suggest([product], 5) == [[("mug", 0.9), ("bright", 0.7), ("red", 0.7)]]
    assert ruled.accept([[Suggestion("mug", 0.9), Suggestion("red", 0.7)]]) == [["bright", "red"]]


def test_spans_are_in_the_text_as_it_came() -> None:
    found = Explaining({"mug": 0.9}, evidence=Evidence(spans=(Span(5, 8, "mug"), Span(0, 4, "11⁄2"))))
    [mug] = pipeline(texts=found).explain(Product("p", "1½ mug™"), 1).tags
    assert mug.evidence.spans == (Span(0, 2, "1½"), Span(3, 6, "mug"))

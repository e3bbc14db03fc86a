from tagger.rules import Rules
from tagger.rules.settings import RulesSection
from tagger.rules.thresholds import TagThresholds
from tagger.types import Ranking, RuleEvidence, Suggestion
from tagger.vocabulary import Entry, Vocabulary

VOCABULARY = Vocabulary(
    [
        Entry("mug", "kind", {"zh": ("马克杯",), "en": ("mug", "coffee mug")}, ("cup",)),
        Entry("cup", "kind", {}, ("tableware",)),
        Entry("tableware", "category"),
        Entry("red", "colour"),
        Entry("promo 2024", "campaign"),
    ]
)
RANKING = [Suggestion("mug", 0.9), Suggestion("red", 0.8), Suggestion("promo 2024", 0.7), Suggestion("cup", 0.2)]


def rules(thresholds: TagThresholds | None = None, **given: object) -> Rules:
    return Rules(RulesSection(**given), VOCABULARY, thresholds)  # type: ignore[arg-type]


def tags(ranking: Ranking) -> list[str]:
    return [each.tag for each in ranking]


def test_without_rules_the_probability_decides() -> None:
    assert not rules()
    ruled = rules().apply(RANKING, 0.75)
    assert (ruled.ranking, ruled.accepted, ruled.evidence) == (RANKING, {"mug", "red"}, {})


def test_denied_tags_are_named_by_any_name_a_facet_or_a_pattern() -> None:
    assert tags(rules(deny=["Coffee Mugs"]).apply(RANKING, 0.5).ranking) == ["red", "promo 2024", "cup"]
    assert tags(rules(deny=["facet:Colour"]).apply(RANKING, 0.5).ranking) == ["mug", "promo 2024", "cup"]
    assert tags(rules(deny=["PROMO*", "马克杯"]).apply(RANKING, 0.5).ranking) == ["red", "cup"]
    assert tags(rules(deny=["马?杯"]).apply(RANKING, 0.5).ranking) == ["red", "promo 2024", "cup"]


def test_with_an_allow_list_nothing_else_is_suggested_and_denying_wins() -> None:
    ruled = rules(allow=["facet:kind", "red"], deny=["cup"]).apply(RANKING, 0.5)
    assert tags(ruled.ranking) == ["mug", "red"]


def test_tags_that_nothing_knows_can_be_left_out() -> None:
    ranking = [*RANKING[:1], Suggestion("brand new", 0.85)]
    assert tags(rules().apply(ranking, 0.5).ranking) == ["mug", "brand new"]
    assert tags(rules(existing_only=True).apply(ranking, 0.5).ranking) == ["mug"]


def test_some_tags_wait_for_a_person_and_say_so() -> None:
    ruled = rules(never_automatic=["facet:colour"]).apply(RANKING, 0.5)
    assert ruled.ranking == RANKING
    assert ruled.accepted == {"mug", "promo 2024"}
    assert ruled.evidence == {"red": (RuleEvidence("never_automatic", "facet:colour"),)}


def test_an_accepted_tag_implies_its_parents_and_these_theirs() -> None:
    ruled = rules(parents=True).apply(RANKING, 0.85)
    assert ruled.accepted == {"mug", "cup", "tableware"}
    assert ruled.ranking[:3] == [("cup", 0.9), ("mug", 0.9), ("tableware", 0.9)]
    assert ruled.evidence == {"cup": (RuleEvidence("implied", "mug"),), "tableware": (RuleEvidence("implied", "cup"),)}


def test_other_implied_tags_are_named_one_by_one_and_deny_rules_hold_for_them() -> None:
    implies = {"facet:kind": ["kitchen", "red"], "kitchen": ["home"], "home": ["kitchen"]}
    ruled = rules(implies=implies, deny=["red"]).apply(RANKING, 0.85)
    assert ruled.accepted == {"mug", "kitchen", "home"}
    assert "red" not in tags(ruled.ranking)
    assert rules(implies=implies, never_automatic=["home"]).apply(RANKING, 0.85).accepted == {"mug", "red", "kitchen"}


def test_a_tag_is_accepted_from_its_own_threshold_or_that_of_its_facet() -> None:
    thresholds = TagThresholds(0.95, whole=0.99, facets={"kind": 0.1, "colour": 0.95}, tags={"mug": 0.95})
    ruled = rules(thresholds, precision=0.95).apply(RANKING, 0.5)
    assert ruled.accepted == {"cup"}
    assert ruled.evidence["mug"] == (RuleEvidence("threshold", "0.950"),)
    assert ruled.evidence["promo 2024"] == (RuleEvidence("threshold", "0.990"),)


def test_thresholds_for_another_precision_do_not_count() -> None:
    thresholds = TagThresholds(0.9, whole=0.99)
    assert not rules(thresholds, precision=0.95)
    assert rules(thresholds, precision=0.95).apply(RANKING, 0.75).accepted == {"mug", "red"}


def test_rules_follow_the_names_of_another_vocabulary() -> None:
    followed = rules(deny=["beaker"]).following(Vocabulary([Entry("mug", "", {"en": ("mug", "beaker")})]))
    assert tags(followed.apply(RANKING, 0.5).ranking) == ["red", "promo 2024", "cup"]

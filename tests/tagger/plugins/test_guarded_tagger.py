"""A third-party tagger's faults are reported in one line that names it and its package."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from index.errors import BadInput, PluginFailed
from index.product import Product
from tagger.load import open_pipeline
from tagger.plugins import (
    BaseTagger,
    Explains,
    Follows,
    PluginSettings,
    Pretrained,
    Resources,
    Trainable,
    create_tagger,
)
from tagger.results import Answer
from tagger.tagger_outputs import TaggerOutputs
from tagger.types import Suggestion
from tagger.vocabulary import Vocabulary

ACME = "the tagger 'acme' (acme-tags 1.0)"
MUG = [Product("1", "Steel mug", tags=("mug",))]
OFF = {name: {"enabled": False} for name in ("lexical", "knn", "linear", "pairs", "names", "phrases", "generator")}

SUGGEST = {
    "raises": "failed in suggest: ValueError: boom",
    "none": "returned None, not a list of rankings",
    "a generator": "returned list_iterator '<list_iterator object at {}', not a list of rankings",
    "nothing": "returned 0 rankings for 1 products",
    "a none": "returned None as a ranking, not a list of suggestions",
    "a word": "returned str 'mug' as a ranking, not a list of suggestions",
    "tuples": "returned tuple \"('mug', 0.9)\" in a ranking, not a Suggestion(tag, score)",
    "a number as tag": "returned int '7' as a tag, not a text",
    "an empty tag": "returned an empty tag",
    "a word as score": "returned str '0.9' as a score, not a number",
    "nan": "returned the score nan for 'mug'",
    "infinity": "returned the score inf for 'mug'",
    "worst first": "returned 'mug' after 'red': a ranking must be sorted best first, ties by name",
    "twice": "returned the tag 'mug' twice in a ranking",
    "too many": "returned 21 tags where at most 20 were requested",
}
Fit = Callable[..., Any]


def broken(resources: Resources, how: str) -> Any:
    return create_tagger(PluginSettings("acme", "acme-broken", {"how": how}), resources)


def acme(how: str, *, required: bool = False, **more: Any) -> dict[str, Any]:
    return OFF | {"acme": {"plugin": "acme-broken", "required": required, "options": {"how": how}, **more}}


@pytest.mark.parametrize(("how", "line"), SUGGEST.items())
def test_a_wrong_answer_is_named(resources: Resources, how: str, line: str) -> None:
    with pytest.raises(PluginFailed) as failed:
        broken(resources, how).suggest(MUG, 20)
    start, _, end = f"{ACME} {line}".partition("{}")
    assert str(failed.value).startswith(start)
    assert str(failed.value).endswith(end)
    assert "\n" not in str(failed.value)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("create", "failed in its factory: OSError: no licence"),
        ("no tagger", "is not a tagger: object '<object object at {}' has no method suggest(products, limit)"),
        ("forgets", "has fit but does not have save, load, so what it learns cannot be saved"),
    ],
)
def test_what_cannot_be_a_tagger_is_refused_when_it_is_made(resources: Resources, how: str, line: str) -> None:
    with pytest.raises(PluginFailed) as failed:
        broken(resources, how)
    start, _, end = f"{ACME} {line}".partition("{}")
    assert str(failed.value).startswith(start)
    assert str(failed.value).endswith(end)


@pytest.mark.parametrize(
    ("how", "line"),
    [
        ("explain", "failed in explain: KeyError: 'mug'"),
        ("explain none", "returned None, not a list from explain"),
        ("explain nothing", "returned evidence for 0 products, not for 1 from explain"),
        ("explain words", "returned str 'a word', not Evidence from explain"),
    ],
)
def test_wrong_evidence_is_named(resources: Resources, how: str, line: str) -> None:
    with pytest.raises(PluginFailed) as failed:
        broken(resources, how).explain(MUG, [["mug"]])
    assert str(failed.value) == f"{ACME} {line}"


def test_unseen_must_say_yes_or_no(resources: Resources) -> None:
    with pytest.raises(PluginFailed) as failed:
        broken(resources, "unseen").unseen(MUG[0])
    assert str(failed.value) == f"{ACME} returned None from unseen, not True or False"


def test_an_error_that_is_meant_for_the_user_keeps_its_class(resources: Resources) -> None:
    with pytest.raises(BadInput) as failed:
        broken(resources, "refuses").suggest(MUG, 5)
    assert str(failed.value) == f"{ACME}: too long a text"


def test_a_guard_can_do_what_its_tagger_can(resources: Resources) -> None:
    def able(tagger: BaseTagger) -> set[type]:
        return {each for each in (Trainable, Pretrained, Explains, Follows) if isinstance(tagger, each)}

    assert able(broken(resources, "")) == set()
    assert able(broken(resources, "fit")) == {Trainable}
    assert able(broken(resources, "unseen")) == {Pretrained}
    assert able(broken(resources, "explain")) == {Explains, Follows}
    assert able(create_tagger(PluginSettings("knn"), resources)) == {Trainable, Explains}


def reasons(answer: Answer | TaggerOutputs) -> dict[str, str]:
    return {name: str(reason) for name, reason in answer.without.items()}


def test_numbers_of_numpy_are_scores(resources: Resources) -> None:
    tagger = broken(resources, "")
    said = [[Suggestion("mug", np.float32(0.5)), Suggestion("red", np.float64(0.25))]]
    tagger.plugin.suggest = lambda products, limit: said
    assert tagger.suggest(MUG, 5) == [[("mug", 0.5), ("red", 0.25)]]


@pytest.mark.parametrize("how", ["raises", "nan", "none"])
def test_an_optional_tagger_that_fails_is_gone_on_without_and_a_required_one_is_named(fitted: Fit, how: str) -> None:
    line = f"{ACME} {SUGGEST[how]}"
    pipeline = open_pipeline(fitted(MUG, taggers=acme(how))[0])
    said = pipeline.ask(MUG)
    assert (set(said.rankings), reasons(said)) == ({"prior"}, {"acme": line})
    assert pipeline.suggest(MUG, 5) == [[("mug", pytest.approx(1.0))]]
    required = open_pipeline(fitted(MUG, taggers=acme(how, required=True))[0])
    with pytest.raises(PluginFailed) as failed:
        required.suggest(MUG, 5)
    assert str(failed.value) == line


def test_an_optional_tagger_that_cannot_show_why_costs_the_answer_only_its_evidence(fitted: Fit) -> None:
    answer = open_pipeline(fitted(MUG, taggers=acme("explain"))[0]).explain(MUG[0], 5)
    assert reasons(answer) == {"acme": f"{ACME} failed in explain: KeyError: 'mug'"}
    # The other tag is new, and no word of the text.
    assert {each.tag for each in answer.tags} == {"mug"}


def test_an_optional_tagger_that_cannot_follow_new_names_is_not_asked_any_more(fitted: Fit) -> None:
    pipeline = open_pipeline(fitted(MUG, taggers=acme("follow"))[0])
    assert set(pipeline.ask(MUG).rankings) == {"prior", "acme"}
    pipeline.follow(Vocabulary())
    said = pipeline.ask(MUG)
    assert (set(said.rankings), reasons(said)) == ({"prior"}, {"acme": f"{ACME} failed in follow: KeyError: 'mug'"})


def test_an_optional_tagger_that_cannot_read_what_it_learnt_is_gone_on_without(fitted: Fit) -> None:
    pipeline = open_pipeline(fitted(MUG, taggers=acme("load"))[0])
    line = f"{ACME} failed in load: ZeroDivisionError: division by zero"
    assert reasons(pipeline.ask(MUG)) == {"acme": line}

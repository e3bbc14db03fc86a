"""A model that costs money, beside taggers that do not: the ranker learns to trust it, and it is asked seldom."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from index.product import Product
from index.progress import silent
from index.store import FITTED, Store
from tagger.cascade.unsureness import unsure_from, unsureness
from tagger.evaluation.evaluate import evaluate
from tagger.load import open_pipeline
from tagger.types import Suggestion
from tests.tagger.scripted_llm import Reply, ScriptedModel, knowing

SAMPLE, SHARE = 60, 0.4
WORDS = ("amber", "birch", "cedar", "daisy", "ember", "fjord", "grape", "hazel")


def right(title: str) -> set[str]:
    """Return the right tag: a gadget's needs knowledge, that of anything else is its first word."""
    kind, number = title.split()[0], int(title.split()[-1])
    return {"even" if number % 2 == 0 else "odd"} if kind == "gadget" else {kind}


def products(first: int, count: int) -> list[Product]:
    titles = [
        f"{'gadget' if number % 4 == 0 else ('mug', 'shoe', 'lamp')[number % 3]} {WORDS[number // 8 % 8]} {number // 4}"
        for number in range(first, first + count)
    ]
    return [
        Product(f"p{first + at}", title, lang="en", tags=tuple(sorted(right(title)))) for at, title in enumerate(titles)
    ]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(knowing(right)) as server:
        yield server


def with_llm(model: ScriptedModel, **options: Any) -> dict[str, Any]:
    options = {"url": model.url, "model": "m", "sample": SAMPLE, "share": SHARE, "retries": 0, **options}
    # Three quick taggers are the others.
    off = {name: {"enabled": False} for name in ("generator", "linear", "pairs", "phrases")}
    return {"taggers": {**off, "llm": {"enabled": True, "options": options}}}


def f1(store: Store, asked: Sequence[Product]) -> float:
    return float(evaluate(open_pipeline(store), asked, {}, silent).systems["fused"]["micro_f1"])


def test_the_ranker_learns_to_trust_it_on_a_sample_and_asks_at_most_the_share(
    model: ScriptedModel, fitted: Callable[..., Any]
) -> None:
    store, report = fitted(products(0, 240), **with_llm(model))
    assert "llm" in report.taggers
    assert 0 < len(model.requests) <= SAMPLE
    in_fit = len(model.requests)
    fresh = products(240, 100)
    pipeline = open_pipeline(store)
    found = pipeline.suggest(fresh, 3)
    asked = len(model.requests) - in_fit
    assert 0 < asked <= SHARE * len(fresh)
    gadgets = [at for at, each in enumerate(fresh) if each.title.startswith("gadget")]
    assert len(gadgets) == 25
    first = [found[at][0].tag == fresh[at].tags[0] for at in gadgets]
    assert sum(first) >= 23
    quick = pipeline.quick()
    assert "llm" not in quick.taggers
    without = [each[0].tag for each in quick.suggest(fresh, 3)]
    assert sum(without[at] == fresh[at].tags[0] for at in gadgets) <= 17, "the others have to guess"
    assert f1(store, fresh) > 0.95
    assert len(model.requests) - in_fit == asked, "the evaluation asks what the cache knows"


def test_a_server_that_fails_changes_nothing_and_every_answer_says_so(
    model: ScriptedModel, fitted: Callable[..., Any]
) -> None:
    store, _ = fitted(products(0, 240), **with_llm(model, share=1.0))
    pipeline, fresh = open_pipeline(store), products(240, 12)
    model.script = lambda body, number: Reply(status=401)
    failed = pipeline.suggest(fresh, 5)
    assert failed == pipeline.quick().suggest(fresh, 5)
    answer = pipeline.explain(fresh[0], 5)
    assert answer.without["llm"].code in ("llm.status", "llm.resting")


def test_a_fit_during_an_outage_goes_on_without_it(model: ScriptedModel, fitted: Callable[..., Any]) -> None:
    model.script = lambda body, number: Reply("no JSON at all")
    store, report = fitted(products(0, 160), **with_llm(model))
    assert report.products == 160
    assert len(model.requests) <= SAMPLE
    model.script = knowing(right)
    fresh = products(160, 20)
    found = open_pipeline(store).suggest(fresh, 3)
    assert all(found)


def test_a_fit_stays_within_the_budget(model: ScriptedModel, fitted: Callable[..., Any]) -> None:
    fitted(products(0, 160), **with_llm(model, budget_tokens=20_000))
    assert 0 < len(model.requests) < SAMPLE
    assert model.tokens <= 20_000


def test_with_few_labels_it_is_left_out_and_nothing_is_asked(model: ScriptedModel, fitted: Callable[..., Any]) -> None:
    _, report = fitted(products(0, 30), **with_llm(model))
    assert "llm" not in report.taggers
    assert "too few" in report.without["llm"]
    assert model.requests == []


def test_the_level_is_kept_with_the_models(model: ScriptedModel, fitted: Callable[..., Any]) -> None:
    store, _ = fitted(products(0, 160), **with_llm(model, share=0.25))
    level = store.published(FITTED)[1]["unsure_from"]["llm"]
    others = open_pipeline(store).quick().suggest(products(160, 80), 50)
    assert sum(unsureness(each) > level for each in others) <= 0.35 * len(others)


def test_the_level_is_exceeded_by_at_most_the_share() -> None:
    rankings = [[Suggestion("a", number / 20)] for number in range(11)]
    # 0, 0.05, ..., 0.5: three of eleven exceed 0.35, and with the next lower level it would be four.
    level = unsure_from(rankings, 0.3)
    assert level == pytest.approx(0.35)
    assert unsure_from(rankings, 0.0) == 0.5
    assert unsure_from(rankings, 1.0) == unsure_from([], 0.3) == float("-inf")
    assert unsureness([Suggestion("a", 0.9), Suggestion("b", 0.3)]) == pytest.approx(0.4)

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from index.errors import BadSetting
from index.product import Product
from tagger.llm.answer_cache import LEDGER
from tagger.plugins import PluginSettings, Resources, Reviews, create_tagger
from tagger.taggers.llm import LlmTagger, create
from tagger.testing import check_tagger
from tagger.types import NotAsked, Suggestion
from tagger.vocabulary import Vocabulary
from tests.tagger.scripted_llm import Reply, ScriptedModel, asked, knowing

KINDS = ("mug", "shoe", "lamp")
PRODUCTS = [
    Product(f"{kind} {number}", f"{colour} {kind}", lang="en", tags=(kind, colour))
    for number, colour in enumerate(("red", "blue", "green"))
    for kind in KINDS
]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(knowing(lambda title: set(title.split()))) as server:
        yield server


@pytest.fixture
def make(resources: Resources, model: ScriptedModel, tmp_path: Path) -> Callable[..., LlmTagger]:
    known = replace(resources, vocabulary=Vocabulary().with_tags([*KINDS, "red", "blue", "green"]), cache=tmp_path)
    return lambda **options: create(known, **{"url": model.url, "model": "m", "retries": 0, **options})


def test_it_keeps_the_protocol(make: Callable[..., LlmTagger], tmp_path: Path) -> None:
    (tmp_path / "saved").mkdir()
    check_tagger(make, PRODUCTS, tmp_path / "saved")


def test_it_reviews_under_its_guard(make: Callable[..., LlmTagger], resources: Resources, tmp_path: Path) -> None:
    options = {"url": "http://127.0.0.1:9/v1", "model": "m", "retries": 0, "sample": 7}
    guarded = create_tagger(PluginSettings("llm", "", options), replace(resources, cache=tmp_path))
    assert isinstance(guarded, Reviews)
    assert (guarded.sample, guarded.share) == (7, 0.2)
    [ranking] = guarded.review(PRODUCTS[:1], [[]], 5, 0)
    assert isinstance(ranking, NotAsked)
    assert ranking.reason is not None
    assert ranking.reason.code == "llm.unreachable"


def test_the_question_shows_candidates_neighbours_and_a_small_vocabulary(
    make: Callable[..., LlmTagger], model: ScriptedModel
) -> None:
    tagger = make(neighbours=2)
    tagger.fit(PRODUCTS)
    [ranking] = tagger.review([Product("p", "blue lamp", "for the desk")], [[Suggestion("desk", 0.4)]], 5, 0)
    shown = asked(model.requests[0])
    assert shown["product"] == {"title": "blue lamp", "description": "for the desk"}
    assert shown["similar"][0] == {"title": "blue lamp", "tags": ["lamp", "blue"]}
    assert list(shown["candidates"].values()) == ["blue", "desk", "green", "lamp", "mug", "red", "shoe"]
    # The scripted model lists the two in the candidates' order: 1 and 1 - 0.5 / 2.
    assert ranking == [Suggestion("blue", 1.0), Suggestion("lamp", 0.75)]


def test_a_large_vocabulary_gives_the_names_in_the_text(make: Callable[..., LlmTagger], model: ScriptedModel) -> None:
    tagger = make(neighbours=0, candidates=4)
    tagger.fit(PRODUCTS)
    tagger.suggest([Product("p", "green shoe")], 5)
    assert list(asked(model.requests[0])["candidates"].values()) == ["green", "shoe"]


def test_written_tags_count_only_if_they_are_known_or_in_the_text(
    make: Callable[..., LlmTagger], model: ScriptedModel
) -> None:
    model.script = lambda body, number: Reply(json.dumps({"tags": [], "new": ["desk lamp", "Lamp", "bestseller"]}))
    tagger = make(neighbours=0, candidates=1)
    tagger.fit(PRODUCTS)
    [ranking] = tagger.suggest([Product("p", "a desk lamp")], 5)
    assert ranking == [Suggestion("desk lamp", 0.5), Suggestion("lamp", 0.5)]


def test_personal_data_is_masked_in_all_texts(make: Callable[..., LlmTagger], model: ScriptedModel) -> None:
    tagger = make()
    tagger.fit([replace(PRODUCTS[0], title="red mug, ask ann@shop.com"), *PRODUCTS[1:]])
    tagger.suggest([Product("p", "red mug bob@shop.com", "call +44 20 7946 0958", lang="en")], 5)
    sent = json.dumps(model.requests)
    assert "shop.com" not in sent
    assert "7946" not in sent
    assert "red mug [e-mail]" in sent
    assert "call [phone number]" in sent


def test_other_models_take_other_parameters(make: Callable[..., LlmTagger], model: ScriptedModel) -> None:
    tagger = make(limit_name="max_completion_tokens", max_tokens=900, parameters={"temperature": 1})
    tagger.fit(PRODUCTS)
    model.script = lambda body, number: Reply('{"tags": []}', usage=False)
    tagger.suggest(PRODUCTS[:1], 5)
    assert (model.requests[0]["max_completion_tokens"], model.requests[0]["temperature"]) == (900, 1)
    assert "max_tokens" not in model.requests[0]


def test_what_the_cache_knows_does_not_count_for_the_share(
    make: Callable[..., LlmTagger], model: ScriptedModel
) -> None:
    tagger = make(share=0.5)
    tagger.fit(PRODUCTS)
    products = [Product(f"p{number}", f"red mug {number}") for number in range(4)]
    nothing: list[list[Suggestion]] = [[] for _ in products]
    first = tagger.review(products, nothing, 5, 4)
    assert [isinstance(each, NotAsked) for each in first] == [False, False, True, True]
    assert first[2].reason is None
    again = tagger.review(products, nothing, 5, 4)
    assert not any(isinstance(each, NotAsked) for each in again)
    assert len(model.requests) == 4


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"url": ""}, "options.url"),
        ({"url": "file:///etc/passwd"}, "options.url"),
        ({"model": ""}, "options.model"),
        ({"share": 1.5}, "share"),
        ({"budget_money": 5.0}, "price_read"),
        ({"concurrency": 0}, "concurrency"),
        ({"price_read": -1.0}, "price_read"),
        ({"wait_s": 0}, "wait_s"),
        ({"parameters": {"max_completion_tokens": 9000}}, "max_completion_tokens"),
        ({"key_env": "TAGWEAVE_TEST_NO_KEY"}, "TAGWEAVE_TEST_NO_KEY"),
    ],
)
def test_a_wrong_setting_is_named(make: Callable[..., LlmTagger], options: dict[str, object], words: str) -> None:
    with pytest.raises(BadSetting, match=words):
        make(**options)


def test_the_key_comes_from_the_environment_and_making_the_tagger_asks_nothing(
    make: Callable[..., LlmTagger], model: ScriptedModel, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("SHOP_KEY", "sk-secret")
    tagger = make(key_env="SHOP_KEY")
    tagger.fit(PRODUCTS)
    assert model.requests == []
    tagger.suggest(PRODUCTS[:1], 5)
    assert model.headers[0]["Authorization"] == "Bearer sk-secret"
    assert b"sk-secret" not in (tmp_path / LEDGER).read_bytes()

"""A teacher that is right in nine of ten cases labels products; the small models learn from it."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from index.catalogue.decision import DecisionDraft
from index.errors import BadSetting, TagweaveError
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.cli import main
from tagger.evaluation.evaluate import evaluate
from tagger.fit import fit
from tagger.fitting.teacher_labels import taught_products
from tagger.jobs.distillation import Distilled, distill, undo_distillation
from tagger.load import describe, open_pipeline
from tagger.maintenance.forgetting import forget
from tagger.settings import Settings, settings_from
from tagger.vocabulary.stored import vocabulary_of
from tests.tagger.scripted_llm import Reply, ScriptedModel, knowing

KINDS = [f"kind-{number}" for number in range(10)]
RNG = random.Random(7)
# Each kind has eight words that mean it; those of a few labelled products are a part of them only.
MEANING = {"".join(RNG.choices("bcdfghjklmnpqrstvwxz", k=6)): KINDS[at % 10] for at in range(80)}
WORDS = list(MEANING)


def product(number: int, *, tagged: bool) -> Product:
    rng = random.Random(number)
    word = rng.choice(WORDS)
    title = f"{rng.choice(('new', 'old', 'big', 'fine'))} {word} {number}"
    return Product(f"p{number}", title, lang="en", tags=(MEANING[word],) if tagged else ())


def mostly_right(title: str) -> set[str]:
    rng = random.Random(title)
    kind = MEANING[title.split()[1]]
    return {kind if rng.random() < 0.9 else rng.choice(KINDS)}


LABELLED = [product(number, tagged=True) for number in range(60)]
OPEN = [product(number, tagged=False) for number in range(60, 210)]
FRESH = [product(number, tagged=True) for number in range(1000, 1100)]


@pytest.fixture
def model() -> Iterator[ScriptedModel]:
    with ScriptedModel(knowing(mostly_right)) as server:
        yield server


@pytest.fixture
def shop(model: ScriptedModel, fitted: Callable[..., Any]) -> tuple[Store, Settings]:
    # The sample is nothing, so that the ranker gets no help from the teacher.
    options = {"url": model.url, "model": "m", "sample": 0, "share": 0.0, "retries": 0, "concurrency": 2}
    llm = {"enabled": True, "options": options}
    # The linear taggers end at other weights each time.
    others = {name: {"enabled": False} for name in ("generator", "linear", "pairs", "phrases")}
    store, _ = fitted([*LABELLED, *OPEN], taggers={**others, "llm": llm})
    assert model.requests == []
    return store, settings_from(store_settings(store))


def store_settings(store: Store) -> dict[str, Any]:
    return dict(store.published("fitted")[1]["settings"])


def f1(store: Store) -> float:
    return float(evaluate(open_pipeline(store), FRESH, {}, silent).systems["fused"]["micro_f1"])


def fit_again(store: Store, settings: Settings) -> None:
    with Store.writer(store.folder) as writer:
        fit(writer, settings, silent)


def test_a_teacher_that_is_mostly_right_improves_the_small_models_and_can_be_undone(
    shop: tuple[Store, Settings], model: ScriptedModel
) -> None:
    store, settings = shop
    before = f1(store)
    done = distill(store.folder, settings, silent, products=150)
    assert done == Distilled(150, 150, 150, model.tokens, 0.0, {})
    taught = taught_products(store, vocabulary_of(store.catalogue))
    right = sum(each.tags == (MEANING[each.title.split()[1]],) for each in taught)
    assert 0.85 < right / len(taught) < 0.96
    assert describe(store)["up_to_date"] is False
    asked = len(model.requests)
    fit_again(store, settings)
    after = f1(store)
    assert after > before + 0.15
    assert len(model.requests) == asked, "the small models answer alone"
    assert describe(store)["up_to_date"] is True
    assert not any(each.tags for each in store.catalogue.get([each.id for each in OPEN]))
    assert distill(store.folder, settings, silent, products=150).labelled == 150
    assert len(model.requests) == asked, "the answers are kept"
    assert undo_distillation(store.folder, settings)
    assert not undo_distillation(store.folder, settings)
    fit_again(store, settings)
    assert f1(store) == pytest.approx(before)


def test_people_win_over_the_teacher(shop: tuple[Store, Settings]) -> None:
    store, settings = shop
    distill(store.folder, settings, silent, products=20)
    vocabulary = vocabulary_of(store.catalogue)
    first, second, *others = taught_products(store, vocabulary)
    with Store.writer(store.folder) as writer:
        writer.decisions.decide([DecisionDraft("reject", first, first.tags[0])])
        writer.decisions.decide([DecisionDraft("add", second, "kind-3")])
    assert taught_products(store, vocabulary) == others
    with Store.writer(store.folder) as writer:
        writer.decisions.undo([1], "me")
    assert taught_products(store, vocabulary) == [first, *others]
    forget(store.folder, [first.id], settings, silent)
    assert taught_products(store, vocabulary) == others


def test_an_outage_keeps_the_labels_of_before(shop: tuple[Store, Settings], model: ScriptedModel) -> None:
    store, settings = shop
    distill(store.folder, settings, silent, products=5)
    kept = taught_products(store, vocabulary_of(store.catalogue))
    assert len(kept) == 5
    answers = knowing(mostly_right)
    model.script = lambda body, number: Reply(status=401) if number % 2 else answers(body, number)
    done = distill(store.folder, settings, silent, products=11)
    assert done.labelled < 11
    assert "status 401" in done.without["llm"]
    with Store.writer(store.folder) as writer:
        writer.catalogue.upsert(OPEN[:0])
    (store.cache / "llm.sqlite").unlink()
    model.script = lambda body, number: Reply(status=401)
    with pytest.raises(TagweaveError, match=r"status 401|left alone"):
        distill(store.folder, settings, silent, products=5)
    assert len(taught_products(store, vocabulary_of(store.catalogue))) == done.labelled


def test_the_command_distills_and_undoes(
    shop: tuple[Store, Settings], model: ScriptedModel, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    store, _ = shop
    own = (
        f'[encoder]\nplugin = "acme-pairs"\n[taggers.llm]\nenabled = true\n[taggers.llm.options]\nurl = "{model.url}"\n'
    )
    (store.folder / "settings.toml").write_text(own + 'model = "m"\nsample = 0\nshare = 0.0\n', "utf-8")
    assert main(["distill", str(store.folder), "--products", "3", "--json"]) == 0
    assert '"labelled": 3' in capsys.readouterr().out
    assert main(["distill", str(store.folder), "--undo", "--json"]) == 0
    assert '"undone": true' in capsys.readouterr().out


def test_without_the_setting_nothing_is_asked(third_party: None, fitted: Callable[..., Any]) -> None:
    store, _ = fitted(LABELLED[:10])
    with pytest.raises(BadSetting, match="enabled = true"):
        distill(store.folder, settings_from(store_settings(store)), silent, products=3)

"""Creating and opening stores, fitting, suggesting."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import tagger
from index.errors import BadInput, BadSetting, MissingArtifact, TagweaveError
from tagger import Product, Suggestions, Tagger, make_product
from tagger.demo.store import _version, settings_of_demo

ROOT = Path(__file__).parents[3]
Records = Callable[[int], list[dict[str, Any]]]


def test_a_store_is_made_from_a_file_fitted_and_asked(
    plugins: None, settings: dict[str, Any], records: Records, tmp_path: Path
) -> None:
    lines = [f"{each['id']},{each['title']},{each['tags'][0]}\n" for each in records(12)]
    (tmp_path / "products.csv").write_text("id,title,tags\n" + "".join(lines), "utf-8")
    shop = Tagger.create(tmp_path / "shop", tmp_path / "products.csv", settings=settings).fit()
    suggestions = shop.suggest("mug no 99", limit=3)
    assert suggestions[0].tag == "mug"
    assert len(shop.suggest("mug lamp kettle", limit=9)) > len(shop.suggest("mug lamp kettle", limit=1)) == 1
    assert (suggestions.known, suggestions.reason, suggestions.labelled) == (True, "", 12)
    assert Tagger.open(tmp_path / "shop", settings=settings).suggest("mug no 99", limit=3) == suggestions


def test_a_suggested_tag_says_how_probable_it_is_and_what_it_is_called(fitted_shop: Tagger) -> None:
    suggestions = fitted_shop.suggest("冰箱 no 1000")
    best = suggestions[0]
    assert (best.tag, best.accepted, best.new, best.facet) == ("冰箱", True, False, "kind")
    assert best.labels == {"en": "fridge", "zh": "冰箱"}
    assert best.probability > 0.9
    assert suggestions.accepted == ("冰箱",)
    assert fitted_shop.suggest("kettle no 7")[0].labels == {}


def test_a_text_a_dict_and_a_product_are_answered_alike(fitted_shop: Tagger) -> None:
    of_text = fitted_shop.suggest("steel lamp\nbright")
    assert fitted_shop.suggest({"title": "steel lamp", "description": "bright"}) == of_text
    assert fitted_shop.suggest(make_product("steel lamp", "bright")) == of_text


def test_suggestions_are_a_sequence_and_plain_values(fitted_shop: Tagger) -> None:
    suggestions = fitted_shop.suggest("lamp", limit=2)
    assert next(iter(suggestions)).tag == "lamp"
    assert suggestions[:1] == suggestions.tags[:1]
    plain = json.loads(json.dumps(suggestions.as_dict()))
    assert plain["labelled"] == 60
    assert set(plain["tags"][0]) == {"tag", "probability", "accepted", "new", "facet", "labels", "proposed"}
    with pytest.raises(AttributeError):
        suggestions.known = False  # type: ignore[misc]


def test_many_are_answered_in_order_while_they_come(fitted_shop: Tagger) -> None:
    asked: list[int] = []

    def products() -> Iterator[str]:
        for number in range(25):
            asked.append(number)
            yield f"{('mug', 'lamp')[number % 2]} no {number}"

    answers = fitted_shop.suggest_many(products(), limit=1, batch=10)
    assert next(answers)[0].tag == "mug"
    assert len(asked) == 10, "no more than a batch is read before the first answer"
    assert [each[0].tag for each in answers] == ["lamp", *["mug", "lamp"] * 11, "mug"]


def test_a_batch_changes_no_suggestion(fitted_shop: Tagger) -> None:
    texts = ["mug no 1", "冰箱 no 5", "lamp"]
    for alone, among in zip(map(fitted_shop.suggest, texts), fitted_shop.suggest_many(texts), strict=True):
        assert [each.tag for each in alone] == [each.tag for each in among]
        assert [each.probability for each in alone] == pytest.approx([each.probability for each in among], abs=1e-6)


@pytest.mark.parametrize(
    ("product", "reason"),
    [
        ("", "the text is empty"),
        ({"description": "x"}, "no title"),
        ({"title": 5}, "title must be a text, not int"),
        (5, "a product must be a dict or a Product, not int"),
    ],
)
def test_what_is_no_product_is_refused(fitted_shop: Tagger, product: Any, reason: str) -> None:
    with pytest.raises(BadInput, match=f"^{reason}$"):
        fitted_shop.suggest(product)
    with pytest.raises(BadInput, match=f"^product 2: {reason}$"):
        list(fitted_shop.suggest_many(["mug", product]))


def test_one_text_is_not_taken_for_many_products(fitted_shop: Tagger) -> None:
    with pytest.raises(BadInput, match="use suggest_many for several"):
        next(fitted_shop.suggest_many("mug"))


def test_a_store_that_is_there_is_not_made_again(fitted_shop: Tagger) -> None:
    with pytest.raises(BadInput, match=r"already holds a store; open it with Tagger.open"):
        Tagger.create(fitted_shop.folder)


def test_a_store_that_is_not_there_is_not_opened(tmp_path: Path) -> None:
    with pytest.raises(MissingArtifact, match="no store at"):
        Tagger.open(tmp_path / "none")


def test_a_mistake_in_what_is_given_makes_no_store(tmp_path: Path) -> None:
    for sources, reason in [
        (["none.csv"], "no file none.csv"),
        ([5], "must be a file, a table or an iterable of dicts, not int"),
        ([str(ROOT / "pyproject.toml")], "unknown file type"),
        ([str(ROOT / "tagger" / "demo" / "products.jsonl.gz"), [{"title": "mug"}]], "pass either files, or tables"),
    ]:
        with pytest.raises(BadInput, match=reason):
            Tagger.create(tmp_path / "shop", *sources)  # type: ignore[arg-type]
    assert not (tmp_path / "shop").exists()


def test_settings_are_a_dict_over_the_store_s_own(unfitted: Tagger, settings: dict[str, Any], records: Records) -> None:
    unfitted.ingest(records(12))
    (unfitted.folder / "settings.toml").write_text('[fusion]\nfuser = "reciprocal_rank"\n', "utf-8")
    assert Tagger.open(unfitted.folder, settings=settings).fit().info().fuser == "reciprocal_rank"
    others = settings | {"fusion": {"fuser": "weighted_sum"}}
    assert Tagger.open(unfitted.folder, settings=others).fit().info().fuser == "weighted_sum"
    with pytest.raises(BadSetting, match=r"the setting fusion\.fuser is wrong") as refused:
        Tagger.open(unfitted.folder, settings={"fusion": {"fuser": "magic"}})
    assert isinstance(refused.value, TagweaveError)


def test_before_the_first_fit_nothing_is_suggested(unfitted: Tagger) -> None:
    with pytest.raises(MissingArtifact, match="has no fitted models yet"):
        unfitted.suggest("mug")
    with pytest.raises(BadInput, match="has tags, and there is no vocabulary; ingest"):
        unfitted.fit()


def test_info_says_what_the_store_holds(fitted_shop: Tagger) -> None:
    info = fitted_shop.info()
    assert (info.products, info.tags, info.fitted, info.up_to_date) == (60, 4, True, True)
    assert info.languages == {"en": 45, "zh": 15}
    assert info.as_dict()["most_frequent"] == {"kettle": 15, "lamp": 15, "mug": 15, "冰箱": 15}


def test_the_demo_is_opened_where_it_was_made(fitted_shop: Tagger, tmp_path: Path) -> None:
    weights = {"weights": {"cache": str(tmp_path)}}
    folder = tmp_path / f"demo-{_version(settings_of_demo(overrides=weights))}"
    shutil.copytree(fitted_shop.folder, folder)
    (folder / "ready").touch()
    demo = Tagger.demo(settings=weights)
    assert demo.folder == folder
    assert demo.suggest("mug no 3")[0].tag == "mug"


def loaded(code: str) -> tuple[float, set[str]]:
    """Return the CPU seconds that some code takes in its own process, and the libraries it imports."""
    script = f"{code}\nimport os, sys; times = os.times(); print(times.user + times.system, *sys.modules)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    seconds, *modules = done.stdout.split()
    return float(seconds), {name.partition(".")[0] for name in modules}


def test_importing_the_package_is_quick_and_loads_no_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)
    times, libraries = zip(*(loaded("import tagger") for _ in range(3)), strict=True)
    assert min(times) < 0.1
    assert not libraries[0] & {"torch", "faiss", "duckdb", "gradio", "numpy", "pydantic", "pyarrow", "huggingface_hub"}


def test_the_class_is_there_without_the_libraries_that_a_method_may_need() -> None:
    _, libraries = loaded("from tagger import Tagger")
    assert not libraries & {"torch", "faiss", "gradio", "pyarrow", "huggingface_hub", "pandas", "polars"}


def test_all_public_names_are_there_and_listed() -> None:
    for name in tagger.__all__:
        assert getattr(tagger, name) is not None
        assert name in dir(tagger)
    assert (tagger.Product, tagger.Suggestions) == (Product, Suggestions)
    with pytest.raises(AttributeError, match="module 'tagger' has no attribute 'Tager'; available: BaseTagger"):
        _ = tagger.Tager  # type: ignore[attr-defined]

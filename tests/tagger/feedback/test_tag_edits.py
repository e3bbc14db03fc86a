"""The effect of tag changes on suggestions and on the catalogue, with a real store and ranker."""

import json
import threading
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from index.catalogue.catalogue import LabelRow
from index.catalogue.query import Query
from index.catalogue.tag_edit import EditKind, TagChange, TagEdit
from index.encoders.vector_cache import CachedEncoder
from index.errors import BadInput, StoreLocked
from index.product import Product, make_product
from index.progress import silent
from index.store import Store
from tagger.feedback.decisions import DecisionService
from tagger.feedback.tag_edits import TagPlan
from tagger.ingest import ingest
from tagger.load import describe, open_pipeline
from tagger.pipeline import Pipeline
from tagger.results import TagResult
from tagger.search.browse import Browser
from tagger.search.search import by_words
from tagger.search.similarity import SimilarityIndex
from tagger.types import Contribution, Suggestion
from tagger.vocabulary.stored import Changes, labels_of, vocabulary_of

WASHER = make_product("全自动洗衣机 静音节能", "大容量，适合家庭使用。")
FAR = make_product("Stainless steel insulated water bottle 750ml")
PRODUCTS = [WASHER, FAR]
Opened = Callable[[], Pipeline]


@pytest.fixture
def following(store: Store, pipeline: Pipeline) -> Opened:
    """The pipeline as in a server: it learns of changes before each request."""
    changes = Changes(store.catalogue)

    def current() -> Pipeline:
        if (vocabulary := changes.vocabulary()) is not None:
            pipeline.follow(vocabulary)
        return pipeline

    return current


@pytest.fixture
def feedback(store: Store) -> DecisionService:
    return DecisionService(store, lambda: vocabulary_of(store.catalogue), lambda text: None)


@pytest.fixture
def change(feedback: DecisionService) -> Callable[..., TagEdit]:
    def make(kind: EditKind, tag: str, value: str = "", lang: str = "", by: str = "Ann") -> TagEdit:
        return feedback.tag_edits.change(feedback.tag_edits.plan(TagChange(kind, tag, value, lang, by)))

    return make


def result(pipeline: Pipeline, tag: str, product: Product = WASHER) -> TagResult | None:
    return next((each for each in pipeline.explain(product, 50).tags if each.tag == tag), None)


def said(pipeline: Pipeline) -> Any:
    return pipeline.suggest(PRODUCTS, 50), [pipeline.explain(each, 50).tags for each in PRODUCTS]


def test_a_renamed_tag_is_suggested_by_its_new_name_as_probably_as_before_and_undoing_restores_all(
    following: Opened, change: Callable[..., TagEdit], feedback: DecisionService
) -> None:
    former = said(following())
    before = result(following(), "washing machine")
    made = change("rename", "洗衣机", "washer")
    after = result(following(), "washer")
    assert before is not None
    assert after is not None
    assert (after.probability, after.new, after.facet) == (before.probability, False, before.facet)
    assert after.evidence.spans == before.evidence.spans
    assert after.evidence.shares == before.evidence.shares
    assert after.labels == {"zh": "洗衣机", "en": "washer"}
    names = {"washing machine": "washer"}
    assert following().suggest(PRODUCTS, 50) == [
        [Suggestion(names.get(tag, tag), score) for tag, score in ranking] for ranking in former[0]
    ]
    feedback.tag_edits.undo(made.number, "Ben")
    assert said(following()) == former


def test_a_server_that_starts_with_a_change_says_what_one_says_that_was_told_of_it(
    following: Opened, change: Callable[..., TagEdit], store: Store, encoder: CachedEncoder
) -> None:
    change("rename", "washing machine", "washer")
    change("merge", "water bottle", "washer")
    change("delete", "home appliances")
    opened = open_pipeline(store, encoder)
    assert said(opened) == said(following())


def test_a_merged_tag_is_suggested_as_the_other_and_a_deleted_one_no_more(
    following: Opened, change: Callable[..., TagEdit], feedback: DecisionService
) -> None:
    former = said(following())
    merge = change("merge", "water bottle", "washing machine")
    assert result(following(), "water bottle", FAR) is None
    assert result(following(), "washing machine", FAR) is not None
    delete = change("delete", "washing machine")
    for product in PRODUCTS:
        assert {"washing machine", "water bottle"}.isdisjoint(dict(following().suggest([product], 50)[0]))
    feedback.tag_edits.undo(merge.number, "Ann")
    assert result(following(), "water bottle", FAR) == next(
        each for each in former[1][1] if each.tag == "water bottle"
    ), "what was undone is apart again, though what came after it stays"
    feedback.tag_edits.undo(delete.number, "Ann")
    assert said(following()) == former


def test_an_alias_is_found_in_the_text_of_the_next_product(
    following: Opened, change: Callable[..., TagEdit], feedback: DecisionService
) -> None:
    odd = make_product("a wundertrommel for the house")

    def lexical() -> Contribution | None:
        found = result(following(), "washing machine", odd)
        shares = found.evidence.shares if found else ()
        return next((share for share in shares if share.source == "lexical" and share.score), None)

    assert lexical() is None
    made = change("alias", "washing machine", "Wundertrommel")
    assert lexical() is not None
    found = result(following(), "washing machine", odd)
    assert found is not None
    assert [span.text for span in found.evidence.spans] == ["wundertrommel"]
    change("rename", "washing machine", "washer")
    found = result(following(), "washer", odd)
    assert found is not None
    assert [span.text for span in found.evidence.spans] == ["wundertrommel"]
    feedback.tag_edits.undo(made.number, "Ann")
    assert lexical() is None


def test_decisions_follow_a_tag_to_its_new_name_and_are_its_own_when_that_is_undone(
    following: Opened, change: Callable[..., TagEdit], feedback: DecisionService, store: Store
) -> None:
    [product] = store.catalogue.sample(1)
    made = change("rename", "leather", "hide")
    assert feedback.decide("add", product, "hide", "Ann").tag == "leather", "under the name that it came with"
    found = result(following(), "hide", product)
    assert found is not None
    assert found.probability > 0.999
    feedback.tag_edits.undo(made.number, "Ann")
    found = result(following(), "leather", product)
    assert found is not None
    assert found.probability > 0.999
    change("delete", "leather")
    assert result(following(), "leather", product) is None
    with pytest.raises(BadInput, match="the tag 'leather' was deleted; undo the deletion first"):
        feedback.decide("add", product, "leather", "Ann")
    with pytest.raises(BadInput, match="the tag 'leather' was deleted; undo the deletion first"):
        feedback.plan(Query(), "add", "leather", "Ann")


def browser_of(store: Store, encoder: CachedEncoder) -> Browser:
    return Browser(store.catalogue, lambda: SimilarityIndex(store.catalogue, encoder))


def test_the_catalogue_shows_counts_and_finds_tags_under_the_names_of_now(
    change: Callable[..., TagEdit], store: Store, feedback: DecisionService, encoder: CachedEncoder
) -> None:
    browser = browser_of(store, encoder)
    former, products = dict(browser.tag_counts()), store.catalogue.products()
    tag, other, third = list(former)[:3]
    made = [change("rename", tag, "the first"), change("merge", other, "the first"), change("delete", third)]
    counts = browser.tag_counts()
    assert {tag, other, third}.isdisjoint(counts)
    found = browser.browse(Query(tags=("the first",), limit=1000))
    assert counts["the first"] == found.page.total <= former[tag] + former[other]
    assert all("the first" in each.tags and third not in each.tags for each in found.page.products)
    [shown] = [each for each in found.facets.tags if each.tag == "the first"]
    assert (shown.count, shown.facet) == (found.page.total, browser.vocabulary().facet("the first"))
    assert browser.pick("the fir", 5)[0].count == found.page.total
    portrait = browser.portrait(other, 5)
    assert portrait.count == found.page.total
    assert third not in portrait.together
    assert store.catalogue.products() == products, "products keep their tags as they came"
    described = describe(store)
    assert (described["tags"], described["most_frequent"]["the first"]) == (len(counts), counts["the first"])
    for gone in (Query(tags=(third,)), Query(tags=("the first", third))):
        assert (browser.browse(gone).page.total, by_words(store, gone).total) == (0, 0), "nobody has a deleted tag"
    for each in made:
        feedback.tag_edits.undo(each.number, "Ann")
    assert browser.tag_counts() == former


def test_a_merged_tag_is_counted_and_found_however_products_came_with_it(
    change: Callable[..., TagEdit], store: Store, feedback: DecisionService, encoder: CachedEncoder
) -> None:
    odd = [Product(f"odd {n}", f"odd {n}", "", "en", (tag,)) for n, tag in enumerate(["oddity", "ODDITY", "Ｏddity"])]
    store.catalogue.upsert(odd)
    browser = browser_of(store, encoder)
    former = browser.tag_counts()["refrigerator"]
    change("merge", "oddity", "refrigerator")
    assert browser.tag_counts()["refrigerator"] == former + 3
    asked = Query(tags=("冰箱",), limit=3)
    assert browser.browse(asked).page.total == former + 3
    assert by_words(store, asked).total == former + 3
    assert [each.tags for each in by_words(store, asked).products] == [("refrigerator",)] * 3
    removed = feedback.plan(asked, "remove", "refrigerator", "Ann")
    assert (removed.total, len(removed.drafts)) == (former + 3, former + 3)


def test_a_product_with_deleted_tags_alone_needs_review(
    change: Callable[..., TagEdit], store: Store, feedback: DecisionService, encoder: CachedEncoder
) -> None:
    store.catalogue.upsert([Product("odd", "odd", "", "other", ("oddity",))])
    browser = browser_of(store, encoder)
    assert browser.browse(Query(tagged=False)).page.total == 0
    change("delete", "oddity")
    listing = browser.browse(Query(tagged=False))
    assert [each.id for each in listing.page.products] == ["odd"]
    [planned] = feedback.plan(Query(tagged=False), "add", "refrigerator", "Ann").drafts
    assert planned.product.id == "odd"
    assert listing.facets.tagged[False] == 1
    assert [each.tagged for each in browser.coverage() if each.lang == "other"] == [0]


def test_a_tag_that_is_spelled_like_another_ones_name_stays_itself(
    change: Callable[..., TagEdit], store: Store, feedback: DecisionService, encoder: CachedEncoder
) -> None:
    one, two = (Product(tag, tag, "", "en", (tag,)) for tag in ("gizmo", "gizmos"))
    store.catalogue.upsert([one, two])
    change("rename", "gizmo", "device")
    asked = Query(tags=("gizmos",))
    assert [each.id for each in browser_of(store, encoder).browse(asked).page.products] == ["gizmos"]
    assert [each.id for each in by_words(store, asked).products] == ["gizmos"]
    assert feedback.decide("reject", one, "gizmos", "Ann").tag == "gizmos"
    assert feedback.plan(asked, "remove", "gizmos", "Ann").tag == "gizmos"


def test_of_two_tags_that_share_a_name_each_has_its_own_products(store: Store, encoder: CachedEncoder) -> None:
    rows = [LabelRow("apparel", "", "en", form, place) for place, form in enumerate(("apparel", "clothing"))]
    store.catalogue.set_labels([*rows, LabelRow("clothing", "", "en", "clothing", 0)])
    store.catalogue.upsert([Product(tag, tag, "", "en", (tag,)) for tag in ("apparel", "clothing")])
    browser = browser_of(store, encoder)
    for tag in ("apparel", "clothing"):
        assert [each.id for each in browser.browse(Query(tags=(tag,))).page.products] == [tag]
        assert browser.tag_counts()[tag] == 1


def test_a_tag_without_a_label_is_found_however_it_is_spelled(
    following: Opened, store: Store, feedback: DecisionService, encoder: CachedEncoder
) -> None:
    odd = Product("odd", "odd", "", "other", ("Oddity",))
    store.catalogue.upsert([odd])
    for spelled in ("Oddity", "ODDITY", "oddities"):
        assert [each.id for each in by_words(store, Query(tags=(spelled,))).products] == ["odd"]
        assert [each.id for each in browser_of(store, encoder).browse(Query(tags=(spelled,))).page.products] == ["odd"]
    assert feedback.decide("remove", odd, "oddities", "Ann").tag == "Oddity"
    assert store.catalogue.product("odd").tags == ()


def test_a_vocabulary_that_comes_while_a_server_runs_shows_in_the_next_suggestion(
    following: Opened, store: Store
) -> None:
    assert result(following(), "washing machine").labels["zh"] == "洗衣机"  # type: ignore[union-attr]
    rows = [replace(each, label="洗涤机") if each.label == "洗衣机" else each for each in store.catalogue.labels()]
    store.catalogue.set_labels(rows, store.catalogue.labelling().parents)
    assert result(following(), "washing machine").labels["zh"] == "洗涤机"  # type: ignore[union-attr]


def test_what_cannot_be_done_is_said(feedback: DecisionService, change: Callable[..., TagEdit]) -> None:
    wrong: list[tuple[EditKind, str, str, str, str]] = [
        ("rename", "washing machin", "x", "", "no tag 'washing machin' in the store; did you mean 'washing machine'?"),
        ("rename", "\u2603", "x", "", "no tag '\u2603' in the store"),
        (
            "rename",
            "washing machine",
            "冰箱",
            "",
            "'冰箱' is already a name of 'refrigerator'; merge the two tags instead",
        ),
        ("rename", "洗衣机", "washing machine", "", "the tag is already called 'washing machine'"),
        ("alias", "washing machine", "refrigerators", "", "'refrigerators' is already a name of 'refrigerator'"),
        ("label", "washing machine", "洗衣机", "zh", "the tag is already called '洗衣机'"),
        ("label", "washing machine", "laveuse", "fr", "the language of a label must be one of: zh, en"),
        ("unalias", "washing machine", "washing machines", "", "'washing machines' is not an alias of any tag"),
        ("unalias", "washing machine", "washing machine", "", "'washing machine' is not an alias of any tag"),
        ("merge", "washing machine", "洗衣机", "", "'washing machine' and '洗衣机' are already the same tag"),
        ("merge", "washing machine", "", "", "the tag is empty"),
        ("burn", "washing machine", "x", "", "a tag edit must be one of: rename"),  # type: ignore[list-item]
    ]
    for kind, tag, value, lang, line in wrong:
        with pytest.raises(BadInput) as caught:
            change(kind, tag, value, lang)
        assert str(caught.value).startswith(line)
    change("rename", "washing machine", "washer")
    with pytest.raises(BadInput, match="'washing machine' is not an alias"):
        change("unalias", "washer", "washing machine")
    change("delete", "refrigerator")
    for kind, tag, value in (("alias", "冰箱", "x"), ("alias", "washer", "冰箱"), ("merge", "washer", "冰箱")):
        with pytest.raises(BadInput, match="the tag 'refrigerator' was deleted; undo the deletion first"):
            change(kind, tag, value)
    assert [each.kind for each in feedback.tag_edits.latest(5)] == ["delete", "rename"]


def test_a_plan_that_another_curator_has_overtaken_is_refused_or_means_the_same_tag(
    feedback: DecisionService, change: Callable[..., TagEdit], store: Store
) -> None:
    plans = [
        feedback.tag_edits.plan(TagChange("rename", "washing machine", name)) for name in ("washer", "laundry machine")
    ]
    merge = feedback.tag_edits.plan(TagChange("merge", "refrigerator", "washing machine"))
    assert merge == TagPlan(merge.change, merge.products, plans[0].products)
    first, second = [feedback.tag_edits.change(each) for each in plans]
    assert (first.tag, second.tag) == ("washing machine", "washing machine")
    assert vocabulary_of(store.catalogue).canonical("washer") == "laundry machine"
    assert feedback.tag_edits.change(merge).value == "washing machine"
    with pytest.raises(BadInput, match="are already the same tag"):
        feedback.tag_edits.change(merge)
    with Store.writer(store.folder), pytest.raises(StoreLocked):
        feedback.tag_edits.change(feedback.tag_edits.plan(TagChange("delete", "washer")))


def test_changes_of_many_at_once_are_all_kept(
    feedback: DecisionService, change: Callable[..., TagEdit], store: Store
) -> None:
    threads = [threading.Thread(target=change, args=("alias", "washing machine", f"alias {n}")) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    edits = Store.open(store.folder).catalogue.edits.all()
    assert [each.number for each in edits] == list(range(1, 9))
    assert {f"alias {n}" for n in range(8)} <= {*vocabulary_of(store.catalogue).forms("washing machine")}


def test_a_tags_history_has_what_became_part_of_it(
    feedback: DecisionService, change: Callable[..., TagEdit], store: Store
) -> None:
    change("alias", "refrigerator", "icebox")
    change("merge", "washing machine", "refrigerator")
    change("rename", "refrigerator", "fridge")
    change("delete", "leather")
    vocabulary = labels_of(store.catalogue)
    assert [each.kind for each in feedback.tag_edits.history("fridge", vocabulary)] == ["rename", "merge", "alias"]
    feedback.tag_edits.undo(2, "Ben")
    vocabulary = labels_of(store.catalogue)
    assert [each.undone_by for each in feedback.tag_edits.history("fridge", vocabulary)] == [None, "Ben", None]
    assert [each.number for each in feedback.tag_edits.history("washing machine", vocabulary)] == [2]
    assert [each.number for each in feedback.tag_edits.history("leather", vocabulary)] == [4]


@pytest.mark.parametrize("kind", ["rename", "merge"])
def test_a_removal_holds_when_the_catalogue_comes_in_again_by_what_its_tags_are_called_now(
    store: Store, feedback: DecisionService, change: Callable[..., TagEdit], tmp_path: Path, kind: EditKind
) -> None:
    """A decision stores the tag's name in the product, whereas an export has its current name."""
    product = next(each for each in store.catalogue.products() if "washing machine" in each.tags)
    value = "laundry robot" if kind == "rename" else "refrigerator"
    change(kind, "washing machine", value)
    removed = feedback.decide("remove", feedback.product(product.id), value, "Ann")
    assert removed.tag == "washing machine"
    exported = {**asdict(product), "tags": [value if tag == "washing machine" else tag for tag in product.tags]}
    (tmp_path / "again.jsonl").write_text(json.dumps(exported), "utf-8")
    with Store.writer(store.folder) as writer:
        ingest(writer, [tmp_path / "again.jsonl"], silent)
    rest = tuple(tag for tag in exported["tags"] if tag != value)
    assert store.catalogue.product(product.id).tags == rest
    feedback.undo(removed.number, "Ben")
    assert store.catalogue.product(product.id).tags == tuple(exported["tags"])

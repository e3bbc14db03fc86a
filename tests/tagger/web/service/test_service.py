import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import BadInput, MissingArtifact
from index.product import make_product
from index.progress import silent
from index.store import FITTED, Store
from tagger.fit import fit
from tagger.load import open_pipeline
from tagger.settings import Settings
from tagger.vocabulary import Vocabulary
from tagger.web.service.open_models import OpenModels
from tagger.web.service.requests import DecisionRequest, SearchRequest, SimilarRequest, SuggestRequest, suggest_request
from tagger.web.service.service import Service
from tests.tagger.conftest import QUICK_TOML

TEXTS = ("全自动洗衣机", "节能型冰箱", "Stainless steel insulated water bottle 750ml", "silent washing machine, white")


def test_the_tags_are_those_of_the_pipeline(service, store):
    tagged = service.tagging.suggest(SuggestRequest(text=TEXTS[0], limit=5))
    assert tagged.answer.tags == open_pipeline(store).explain(make_product(TEXTS[0]), 5).tags
    assert {"washing machine", "fully automatic"} <= {result.tag for result in tagged.answer.tags if result.accepted}


def test_diversity_chooses_other_tags_of_the_same_ranking(service):
    plain = service.tagging.suggest(SuggestRequest(text=TEXTS[2], limit=4)).answer.tags
    varied = service.tagging.suggest(SuggestRequest(text=TEXTS[2], limit=4, diversity=0.9)).answer.tags
    whole = [each.tag for each in service.tagging.suggest(SuggestRequest(text=TEXTS[2], limit=100)).answer.tags]
    assert varied[0] == plain[0]
    assert {each.tag for each in varied} != {each.tag for each in plain}
    assert sorted((each.tag for each in varied), key=whole.index) == [each.tag for each in varied]


def test_the_source_of_a_page_is_tagged_as_what_it_says_of_its_product(service):
    source = "<!doctype html><html><nav>冰箱</nav><main><h1>全自动洗衣机</h1><p>静音<p>节能</main>"
    tagged = service.tagging.suggest(SuggestRequest(text=source))
    assert tagged.product == make_product("全自动洗衣机", "静音 节能")


def test_title_and_description_make_one_product(service):
    tagged = service.tagging.suggest(SuggestRequest(title="冰箱", description="节能"))
    assert tagged.product == make_product("冰箱", "节能")


def test_the_answer_is_the_same_from_many_threads_at_once(service):
    requests = [SuggestRequest(text=text, limit=5) for text in TEXTS] * 5
    alone = [service.tagging.suggest(request).answer.tags for request in requests]
    with ThreadPoolExecutor(8) as threads:
        together = [tagged.answer.tags for tagged in threads.map(service.tagging.suggest, requests)]
    assert together == alone


def test_before_the_first_fit_products_are_decided_on_too(tmp_path):
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert([make_product("Steel mug")])
    service = Service(store)
    [product] = store.catalogue.products()
    made = service.decisions.decide(DecisionRequest(kind="add", product=product.id, tag="mug", by="Ann"))
    assert store.catalogue.product(product.id).tags == ("mug",)
    judged = service.review.item(product.id)
    assert "has no fitted models yet" in str(judged.without)
    assert [(row.result.tag, row.stored, row.decision) for row in judged.rows] == [("mug", True, made)]
    service.decisions.undo(made.number, "Ann")
    assert store.catalogue.product(product.id).tags == ()


def test_a_store_with_a_vocabulary_and_no_models_is_reviewed_and_fitted_meanwhile(tmp_path, third_party):
    (tmp_path / "store").mkdir()
    own = f"{QUICK_TOML}[taggers.generator]\nenabled = false\n"
    (tmp_path / "store" / "settings.toml").write_text(own, "utf-8")
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.set_labels(Vocabulary().with_tags(["kettle", "mug"]).rows(), [])
        store.catalogue.upsert([make_product("kettle no 1"), make_product("mug no 2")])
    service = Service(store)
    end = time.monotonic() + 60
    while (first := service.review.next()) is None and time.monotonic() < end:
        time.sleep(0.05)
    assert first is not None
    while FITTED not in store.manifest().publications and time.monotonic() < end:
        time.sleep(0.05)
    item = service.review.item(first.id)
    assert item.without is None
    assert item.rows[0].result.tag == item.product.title.split()[0]


@pytest.mark.parametrize("text", ["", " \n", "\u200b\x00\x07", "<br>"])
def test_a_text_that_shows_nothing_is_refused(service, text):
    with pytest.raises(BadInput, match="the text is empty"):
        service.tagging.suggest(SuggestRequest(text=text))


def test_text_and_title_together_are_refused(service):
    with pytest.raises(BadInput, match="pass either text, or title and description"):
        service.tagging.suggest(SuggestRequest(text="mug", title="mug"))


def test_a_text_is_similar_to_the_product_of_that_text_and_a_product_not_to_itself(store, tmp_path):
    own = Store.open(Path(shutil.copytree(store.folder, tmp_path / "store")))
    product = make_product("silent washing machine, green")
    own.catalogue.upsert([product])
    service = Service(own)
    OpenModels(own).keep_vector(product.text)
    (first, similarity), *_ = service.catalogue.similar(SimilarRequest(text=product.text))
    assert (first.id, similarity) == (product.id, pytest.approx(1, abs=1e-3))
    assert product.id not in [each.id for each, _ in service.catalogue.similar(SimilarRequest(id=product.id))]


def test_a_store_that_was_never_fitted_says_so_and_is_asked_again_after_fit(
    tmp_path, store, settings: Settings, caplog
):
    with Store.writer(tmp_path / "new", create=True) as new:
        new.catalogue.upsert(store.catalogue.products()[:60])
        service = Service(new)
        service.tagging.warm_up().join()
        assert "no tags can be suggested: the store" in caplog.text
        with pytest.raises(MissingArtifact, match="run: tagweave fit"):
            service.tagging.suggest(SuggestRequest(text="mug"))
        fit(new, settings, silent)
    assert service.tagging.suggest(SuggestRequest(text="冰箱")).answer.tags
    assert service.catalogue.info()["up_to_date"]


def test_a_search_may_name_a_tag_in_either_language_and_any_width(service):
    everywhere = [
        service.catalogue.search(SearchRequest(tag=[tag], limit=100))
        for tag in ("refrigerator", "冰箱", "ＲＥＦＲＩＧＥＲＡＴＯＲ")
    ]
    assert everywhere[0].total > 30
    assert everywhere[0] == everywhere[1] == everywhere[2]


def test_info_keeps_the_place_of_the_store_to_itself(service, store):
    assert service.catalogue.info()["store"] == "store"
    assert str(store.folder.parent) not in str(service.catalogue.info())


@pytest.mark.parametrize(
    ("values", "line"),
    [
        ({"text": "a" * 200_001}, "text: more than 200,000 characters"),
        ({"text": "a", "limit": 101}, "limit: must be at most 100"),
        ({"text": "a", "limit": "many"}, "limit: must be a whole number"),
        ({"text": ["a"]}, "text: must be a text"),
        ({"text": "\ud800"}, "text: must be a valid text"),
        ({"texts": "a"}, "texts: unknown name"),
    ],
)
def test_a_wrong_value_is_named_but_not_repeated(values, line):
    with pytest.raises(BadInput, match=f"^{line}") as caught:
        suggest_request(**values)
    assert "aaa" not in str(caught.value)

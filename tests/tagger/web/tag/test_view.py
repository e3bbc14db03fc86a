import shutil
from pathlib import Path

import pytest

from index.product import Product
from index.store import Store
from tagger.demo.examples import Example, examples_of, own_examples
from tagger.web.service.requests import SearchRequest
from tagger.web.tag import answer
from tagger.web.tag.tab import examples_in
from tagger.web.tag.view import TagTabView


@pytest.fixture
def view(service):
    return TagTabView(service)


@pytest.mark.parametrize("text", [None, "", " \n "])
def test_no_text_gets_a_friendly_line(view, text):
    assert view.suggest_tags(text, 5) == str(answer.prompt())


def test_what_is_typed_gets_so_many_tags(view):
    html = view.suggest_tags("冰箱\n节能, 静音\n大容量", 5)
    assert "<mark" in html
    assert html.count('class="tw-accepted"') + html.count('class="tw-open"') == 5


def test_a_mistake_becomes_one_line_on_the_page(view):
    assert "text: more than 200,000 characters" in view.suggest_tags("a" * 200_001, 5)
    assert "limit: must be at most" in view.suggest_tags("mug", 1000)
    assert "the text is empty" in view.suggest_tags("\u200b", 5)


def test_a_store_of_ones_own_has_examples_of_its_own_and_shows_the_evidence_of_their_first_tag(view, service):
    examples = view.examples()
    assert {each.lang for each in examples} == {"zh", "en"}
    assert [len([each for each in examples if each.lang == lang]) for lang in ("zh", "en")] == [4, 4]
    titles = {each.title for each in service.catalogue.search(SearchRequest(limit=100)).products}
    for lang in ("zh", "en"):
        example = next(each for each in examples if each.lang == lang)
        assert any(example.text.startswith(title) for title in titles)
        assert view.suggest_tags(example.text, 5).count("<details open>") == 1
    assert "<details open>" not in view.suggest_tags("保温杯", 5)


def test_a_readers_examples_are_in_his_language_if_there_are_any():
    chinese, german = Example("杯", "杯子", "zh"), Example("Tasse", "Tasse", "other")
    assert examples_in([german, chinese], "zh") == [chinese]
    assert examples_in([german, chinese], "en") == [german, chinese]


def test_examples_come_from_the_stores_file_if_it_has_one(store, tmp_path, caplog):
    copy = Store.open(Path(shutil.copytree(store.folder, tmp_path / "store")))
    file = copy.folder / "examples.json"
    file.write_text('[{"name": "Mug", "text": "Red mug", "lang": "en"}]', "utf-8")
    assert examples_of(copy) == [Example("Mug", "Red mug", "en")]
    file.write_text('[{"name": "Mug"}]', "utf-8")
    assert len(examples_of(copy)) == 8
    assert "no examples are read from" in caplog.text
    chosen = own_examples([Product("1", "", "no title"), Product("2", "m" * 30)])
    assert [each.name for each in chosen] == ["m" * 28 + "…"]


@pytest.mark.parametrize("address", ["https://shop.example/p/1?a=b", " www.shop.example/mug "])
def test_the_address_of_a_page_is_not_tagged(view, english, address):
    html = english(view.suggest_tags(address, 5))
    assert "Pages are not fetched." in html
    assert "data-tag" not in html
    assert 'data-tag="' in view.suggest_tags(f"Mug from {address}", 5)


def test_only_taggers_that_were_offered_can_be_left_out(view, service, monkeypatch):
    """After another fit, the store may have more taggers than an open page."""
    asked = []
    tagging = service.tagging
    suggest = tagging.suggest
    monkeypatch.setattr(tagging, "suggest", lambda request: asked.append(request.without) or suggest(request))
    for chosen in (["knn"], []):
        assert 'data-tag="' in view.suggest_tags("保温杯", 5, 0, 0, chosen, "knn,lexical")
    assert asked == [["lexical"], []]

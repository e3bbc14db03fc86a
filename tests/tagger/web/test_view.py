import pytest

from tagger.web import answer
from tagger.web.examples import EXAMPLES
from tagger.web.view import View


@pytest.fixture
def view(service):
    return View(service)


@pytest.mark.parametrize("text", [None, "", " \n "])
def test_no_text_gets_a_friendly_line(view, text):
    assert view.tagged(text, 5) == str(answer.HINT)


def test_the_first_line_is_the_title_and_the_rest_the_description(view):
    html = view.tagged("冰箱\n节能, 静音\n大容量", 5)
    assert "<mark" in html
    assert html.count('class="tw-accepted"') + html.count('class="tw-open"') == 5


def test_a_mistake_becomes_one_line_on_the_page(view):
    assert "title: more than 200,000 characters" in view.tagged("a" * 200_001, 5)
    assert "limit: input should be less than" in view.tagged("mug", 1000)
    assert "the text is empty" in view.tagged("\u200b", 5)


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_gets_tags(view, example):
    assert 'data-tag="' in view.tagged(example.text, 10)


def test_the_catalogue_is_paged(view):
    first = view.browsed("", [], "", "title", 50, 0)
    second = view.browsed("", [], "", "title", 50, 50)
    third = view.browsed("", [], "", "title", 50, 100)
    assert (first.before, first.after) == (False, True)
    assert (second.before, second.after) == (True, True)
    assert (third.before, third.after) == (True, False)
    assert first.cards.count('class="tw-card"') == 50
    assert "51–100" in second.position


def test_the_catalogue_is_filtered_by_words_tags_and_language(view):
    assert "<b>36</b>" in view.browsed(None, ["洗衣机"], "", "relevance", 12, 0).position
    assert "<b>18</b>" in view.browsed(None, ["洗衣机"], "zh", "relevance", 12, 0).position
    assert "No products found." in view.browsed("qwertyuiop", None, "", "relevance", 12, 0).cards


def test_a_wrong_filter_becomes_one_line_on_the_page(view):
    browsed = view.browsed("a" * 201, [], "", "relevance", 12, 0)
    assert "q: more than 200 characters" in browsed.cards
    assert not browsed.after


def test_the_headline_counts(view, store):
    assert f"<b>{store.catalogue.count()}</b>" in view.headline()


def test_the_filter_offers_the_tags_of_the_store(view):
    labels = dict(view.tag_choices())
    assert labels["冰箱 refrigerator (37)"] == "refrigerator"

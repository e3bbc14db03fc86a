import pytest

from tagger.web.tag import answer
from tagger.web.tag.examples import EXAMPLES
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


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_every_example_gets_tags(view, example):
    assert 'data-tag="' in view.suggest_tags(example.text, 10)


def test_only_taggers_that_were_offered_can_be_left_out(view, service, monkeypatch):
    """After another fit, the store may have more taggers than an open page."""
    asked = []
    tagging = service.tagging
    suggest = tagging.suggest
    monkeypatch.setattr(tagging, "suggest", lambda request: asked.append(request.without) or suggest(request))
    for chosen in (["knn"], []):
        assert 'data-tag="' in view.suggest_tags("保温杯", 5, 0, 0, chosen, "knn,lexical")
    assert asked == [["lexical"], []]

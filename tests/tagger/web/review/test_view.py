import re
from html import escape

import pytest

from index.product import make_product
from index.store import Store
from tagger.feedback import review_queue
from tagger.web.review.view import Reviewing, ReviewView
from tagger.web.service.service import Service
from tests.tagger.conftest import QUICK_TOML


@pytest.fixture(scope="module", autouse=True)
def _long_wait():
    """Allow for the models, which are opened by the first request."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(review_queue, "_WAIT_S", 60)
        yield


@pytest.fixture(scope="module")
def service(own_store):
    """A service whose models are opened once; the tests leave its tags as they were."""
    return Service(own_store)


@pytest.fixture
def view(service):
    return ReviewView(service)


def test_one_product_is_shown_at_a_time_forth_and_back(view, english, chinese):
    first, html = view.open(Reviewing())
    assert first.id
    assert f'data-id="{first.id}"' in html
    assert 'data-move="-1" data-spot="back" disabled>← Previous</button>' in english(html)
    assert 'data-move="-1" data-spot="back" disabled>← 上一件</button>' in chinese(html)
    assert ">No. <b>1</b></span>" in html
    assert ">第 <b>1</b> 件</span>" in html
    again, _ = view.open(first)
    assert again.id == first.id
    second, html = view.click(first, {"move": "1"}, "")
    assert second.id != first.id
    assert "disabled" not in html
    back, _ = view.click(second, {"move": "-1"}, "")
    assert back.id == view.click(back, {"move": "-1"}, "")[0].id == first.id
    assert view.click(back, {"move": "1"}, "")[0].id == second.id


def test_a_page_that_was_open_when_the_server_was_started_anew_goes_on(view, service):
    """The new server has lost the session: it still records the decision and shows a product."""
    at, _ = view.open(Reviewing())
    said = {"kind": "add", "tag": "gift idea", "id": at.id}
    again, html = view.click(Reviewing(), said, "Ann")
    [made, *_] = service.decisions.history(at.id)
    assert (made.tag, made.by) == ("gift idea", "Ann")
    assert again.id
    assert f'data-id="{escape(again.id)}"' in html
    service.decisions.undo(made.number, "Ann")


def test_every_showing_is_another_for_the_browser(view):
    at, one = view.open(Reviewing())
    at, other = view.click(at, {"undo": "x"}, "")
    _, third = view.click(at, {"undo": "x"}, "")
    assert "no such decision" in other
    assert len({one, other, third}) == 3


def test_a_decision_is_shown_with_its_history_and_undone(view, service, english, chinese):
    at, _ = view.open(Reviewing())
    former = service.review.item(at.id).product.tags
    at, html = view.click(at, {"kind": "add", "tag": "<b>保温杯</b>", "id": at.id}, "Ann")
    assert ">added · <bdi>Ann</bdi>" in english(html)
    assert ">添加 · <bdi>Ann</bdi>" in chinese(html)
    assert ">Undo last</button>" in english(html)
    assert ">撤销上一个</button>" in chinese(html)
    [made, *_] = service.decisions.history(at.id)
    assert made.tag == "water bottle"
    at, html = view.click(at, {"undo": str(made.number)}, "Ben")
    assert "undone by <bdi>Ben</bdi>" in html
    assert service.review.item(at.id).product.tags == former


@pytest.mark.parametrize(
    ("said", "line"),
    [
        ({"kind": "praise", "tag": "a"}, "a decision must be one of: accept, reject, add, remove"),
        ({"kind": "add", "tag": " "}, "the tag is empty"),
        ({"kind": "add", "tag": "a", "id": "<u>"}, "this product is no longer in the catalogue"),
        ({"undo": "987654"}, "no decision 987654"),
    ],
)
def test_a_mistake_is_one_line_above_the_product(view, said, line):
    at, _ = view.open(Reviewing())
    _, html = view.click(at, {"id": at.id, **said}, "Ann")
    assert line in html
    assert "tw-judge" in html


def test_tags_are_picked_by_any_name_and_a_text_that_is_none_is_offered_as_new(view, english, chinese):
    at, _ = view.open(Reviewing())
    assert view.pick_tags("", at) == view.pick_tags("冰", Reviewing()) == ""
    assert 'data-tag="refrigerator"' in view.pick_tags("冰箱", at)
    assert "new tag" not in view.pick_tags("冰箱", at)
    offered = view.pick_tags(" <u> ", at)
    assert 'data-tag="&lt;u&gt;"' in offered
    assert "<small>new tag</small>" in english(offered)
    assert "<small>新标签</small>" in chinese(offered)


def test_the_progress_of_the_queue_is_said(own_store, english, chinese):
    view = ReviewView(Service(own_store))
    assert view.progress() == ("", False)
    view.open(Reviewing())
    html, _ = view.progress()
    assert "/ 109" in html
    assert re.search(r"<span>(sorting|sorted) <b>", english(html))
    assert re.search(r"<span>(正在排序|已排序) <b>", chinese(html))


def test_before_the_first_fit_products_are_shown_and_it_says_what_to_do(tmp_path, third_party):
    (tmp_path / "new").mkdir()
    (tmp_path / "new" / "settings.toml").write_text(QUICK_TOML, "utf-8")
    with Store.writer(tmp_path / "new", create=True) as new:
        # There is nothing to fit on: no tags and no vocabulary.
        new.catalogue.upsert([make_product("Steel mug"), make_product("Red mug")])
    at, html = ReviewView(Service(new)).open(Reviewing())
    assert at.id in [product.id for product in new.catalogue.products()]
    assert " mug" in html
    assert "tagweave fit" in html

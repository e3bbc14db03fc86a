import re
from itertools import islice

import pytest

from tagger.search.filters import Choice
from tagger.web.catalogue.bulk_view import BulkView
from tagger.web.service.service import Service

KIND = Choice(tags=("洗衣机",))


@pytest.fixture
def service(own_store):
    return Service(own_store)


@pytest.fixture
def view(service):
    return BulkView(service)


def said(html):
    [found] = re.findall(r'data-kind="(\w+)" data-tag="([^"]*)" data-value="([^"]*)"', html)
    return dict(zip(("kind", "tag", "value"), found, strict=True))


def test_what_was_previewed_is_applied_listed_and_undone_as_one(view, service, own_store, chinese, english):
    former = own_store.catalogue.products()
    preview = view.preview(KIND, "add", " 清仓 <b>", "Ann")
    assert '<p>Add <b dir="auto">清仓</b>: <b>36</b> / 36 products would change.</p>' in english(preview)
    assert '<p>添加 <b dir="auto">清仓</b>: <b>36</b> / 36 件商品会改变。</p>' in chinese(preview)
    assert preview.count("<li") == 6, "five of them, and that there are more"
    applied = view.click(KIND, "add", "清仓", "Ann", said(preview))
    assert "<b>36</b> 件商品已修改。" in chinese(applied)
    assert "<b>36</b> products changed." in english(applied)
    assert "<h2>Recent bulk edits</h2>" in english(applied)
    assert "36 products · <bdi>Ann</bdi>" in english(applied)
    assert service.catalogue.tag_counts()["清仓"] == 36
    assert "<b>0</b> / 36" in view.preview(KIND, "add", "清仓", "Ann")
    [number] = re.findall('data-undo="([0-9]+)"', applied)
    assert number in view.show_recent()
    undone = view.click(KIND, "add", "", "Ann", {"undo": number})
    assert "</span>undone</li>" in english(undone)
    assert "</span>已撤销</li>" in chinese(undone)
    assert own_store.catalogue.products() == former


def titles(service, own_store, number):
    """Return titles that match exactly one product."""
    titles = (each.title for each in own_store.catalogue.products())
    alone = (title for title in titles if service.catalogue.browse(Choice(title[:60]).query()).page.total == 1)
    return list(islice(alone, number))


def test_where_the_list_is_another_by_now_it_is_previewed_anew(view, service, own_store):
    preview = view.preview(KIND, "add", "清仓", "Ann")
    again = view.click(Choice(tags=("洗衣机",), lang="zh"), "add", "清仓", "Ann", said(preview))
    assert "<b>18</b> / 18" in again
    one, other = (Choice(title[:60]) for title in titles(service, own_store, 2))
    preview = view.preview(one, "add", "清仓", "Ann")
    again = view.click(other, "add", "清仓", "Ann", said(preview))
    assert said(again) != said(preview), "as many, and others"
    assert "data-value" in view.click(KIND, "add", "别的", "Ann", said(preview))
    assert "清仓" not in service.catalogue.tag_counts()


def test_mistakes_are_one_line(view):
    assert "the tag is empty" in view.preview(KIND, "add", None, None)
    assert "use a keyword search" in view.preview(Choice("mug", by_meaning=True), "add", "x", "")
    assert "q: more than 200 characters" in view.preview(Choice("x" * 201), "add", "x", "")
    assert "no decision 99" in view.click(KIND, "add", "", "", {"undo": "99"})
    for number in ("x", "-1", "1" * 30, "²"):
        assert "no such decision" in view.click(KIND, "add", "", "", {"undo": number})
    assert "the name has more than 80 characters" in view.preview(KIND, "add", "x", "n" * 81)

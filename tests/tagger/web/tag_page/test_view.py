import re
import shutil
import subprocess
import sys
from html import unescape
from pathlib import Path

import pytest

from index.product import Product
from index.store import Store
from tagger.web.catalogue.map_view import MapView
from tagger.web.catalogue.tab import _SAID_OF_TAG
from tagger.web.service.service import Service
from tagger.web.tag_page.view import TagView

HOSTILE = "</span><img src=x onerror=window.hacked=1>"


@pytest.fixture
def changing(store, tmp_path):
    """A writable store for each test."""
    return Store.open(Path(shutil.copytree(store.folder, tmp_path / "store")))


@pytest.fixture
def service(changing):
    return Service(changing)


@pytest.fixture
def view(service):
    return TagView(service)


def said(html):
    """Return the data of the button that applies a plan."""
    [button] = re.findall(r'<button type="button" class="tw-taken tw-apply"[^>]*>', html)
    return {key: unescape(value) for key, value in re.findall(r'data-(\w+)="([^"]*)"', button)}


def test_a_page_shows_names_products_company_and_trend(view, english, chinese):
    page = view.open("洗衣机")
    assert '<h3 dir="auto">washing machine</h3>' in english(page)
    assert "<b>36</b>" in page
    assert page.count("data-open=") == 12
    assert 'data-page="home appliances"' in page
    assert page.count("<rect") == 12
    assert 'aria-label="走势 Trend: ' in page
    assert re.findall("<dt>(.*?)</dt>", english(page)) == ["Chinese", "English", "Aliases", "Parents"]
    assert re.findall("<dt>(.*?)</dt>", chinese(page)) == ["中文", "英文", "别名", "上级"]
    assert "<span>facet <b>kind</b></span><span><b>36</b> products</span>" in english(page)
    assert "<span>分面 <b>品类</b></span><span><b>36</b> 件商品</span>" in chinese(page)


def test_a_plan_changes_nothing_and_is_carried_out_as_it_was_shown(view, service, english, chinese):
    plan = view.plan({"plan": "rename", "tag": "washing machine", "value": " washer\u202e "}, "Ann")
    assert "<b>36</b> products have the tag" in english(plan)
    assert "<b>36</b> 件商品有此标签" in chinese(plan)
    assert service.tags.latest(5) == []
    assert {*said(plan)} <= {*_SAID_OF_TAG, "tag", "value", "spot"}
    done = view.change(said(plan), "Ann")
    assert 'role="status">Changed.</p>' in english(done)
    assert 'role="status">已修改。</p>' in chinese(done)
    assert '<h3 dir="auto">washer</h3>' in english(done)
    [made] = service.tags.latest(5)
    assert (made.value, made.by) == ("washer", "Ann")
    undone = view.undo({"unedit": str(made.number)}, "Ben")
    assert '<h3 dir="auto">洗衣机</h3>' in chinese(undone)
    assert "undone by <bdi>Ben</bdi>" in undone
    assert "已由 <bdi>Ben</bdi> 撤销" in undone


def test_where_the_products_are_others_by_now_it_is_previewed_anew(view, changing, english):
    plan = view.plan({"plan": "delete", "tag": "washing machine"}, "Ann")
    changing.catalogue.upsert([Product("new", "new washer", "", "en", ("washing machine",))])
    again = view.change(said(plan), "Ann")
    assert "<b>37</b> products have the tag" in english(again)
    assert changing.catalogue.edits.all() == []
    deleted = view.change(said(again), "Ann")
    assert 'role="status">Deleted.</p>' in english(deleted)
    assert 'class="tw-form"' not in deleted


def test_mistakes_are_one_line_above_the_page(view):
    for plan, line in (
        ({"plan": "rename", "tag": "washing machine", "value": "冰箱"}, "已是 &#39;refrigerator&#39; 的名称"),
        ({"plan": "rename", "tag": "washing machine", "value": ""}, "the tag is empty"),
        ({"plan": "rename", "tag": "washing machine", "value": "x" * 201}, "the tag has more than 200 characters"),
        ({"plan": "merge", "tag": "washing machine", "value": "nothing of the kind"}, "没有标签"),
        ({"plan": "burn", "tag": "washing machine", "value": "x"}, "a tag edit must be one of"),
    ):
        page = view.plan(plan, "Ann")
        assert line in page
        assert "<h3" in page
    assert "the name has more than 80 characters" in view.plan(plan, "n" * 81)
    assert "no such decision" in view.undo({"unedit": "x"}, "")
    assert "no tag edit 99" in view.undo({"unedit": "99"}, "")


def test_hostile_names_are_shown_as_text(view):
    page = view.open(HOSTILE)
    assert "<img" not in page
    assert "<b>1</b>" in page
    view.change(said(view.plan({"plan": "alias", "tag": HOSTILE, "value": '" onclick="x'}, "<b>Ann</b>")), "<b>Ann</b>")
    page = view.open(HOSTILE)
    assert "&#34; onclick=&#34;x" in page
    assert "<img" not in page + view.tidy()
    assert '" onclick="x' not in page


def test_tags_that_may_be_one_are_listed_until_they_are(view, changing, service, english, chinese):
    catalogue = changing.catalogue
    [product] = catalogue.sample(1)
    catalogue.upsert([Product("new", "new washer", "", "en", ("Washing-Machines", *product.tags))])
    assert view.tidy_again() is None, "nobody has asked yet"
    listed = view.tidy()
    assert 'data-plan="merge" data-tag="Washing-Machines" data-value="washing machine"' in listed
    assert "<span>similar spelling · " in english(listed)
    assert "<span>写法相近 · " in chinese(listed)
    assert "<h2>Possible duplicates</h2>" in english(listed)
    assert "<h2>可能重复的标签</h2>" in chinese(listed)
    plan = {"plan": "merge", "tag": "Washing-Machines", "value": "washing machine"}
    view.change(said(view.plan(plan, "Ann")), "Ann")
    again = view.tidy_again()
    assert 'data-tag="Washing-Machines" data-value' not in again
    assert "</bdi> merged into <b" in english(again)
    assert "</bdi> 合并到 <b" in chinese(again)
    assert service.catalogue.tag_counts()["washing machine"] == 37


def test_another_process_that_changes_tags_is_followed(view, changing, service):
    command = [sys.executable, "-m", "tagger.cli", "vocabulary", str(changing.folder), "--accept"]
    subprocess.run([*command, "water bottle", "washing machine"], check=True, capture_output=True)
    assert "<b>72</b>" in view.open("water bottle")
    assert "water bottle" in view.tidy()
    subprocess.run([*command[:-1], "--separate", "water bottle"], check=True, capture_output=True)
    assert "<b>36</b>" in view.open("water bottle")


def test_the_map_is_drawn_in_the_colours_of_a_facet(service, chinese):
    view = MapView(service)
    assert [facet for _, facet in view.facets()][:2] == ["category", "kind"]
    drawn = view.draw("kind")
    assert drawn.count("<circle") == 109 + drawn.count("<li>")
    assert "<script>" not in drawn
    assert ">洗衣机<" in chinese(drawn)
    assert view.draw("lang").count("<li>") == 2

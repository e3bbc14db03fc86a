import re

import pytest
from markupsafe import Markup

from tagger.search.filters import Choice, turn_page
from tagger.web.catalogue.view import CatalogueView


@pytest.fixture
def view(service):
    return CatalogueView(service)


def test_the_catalogue_is_paged(view):
    first = Choice(order="title", size=50)
    second, third = turn_page(first, 1), turn_page(turn_page(first, 1), 1)
    shown = [view.browse(each) for each in (first, second, third)]
    assert [(each.before, each.after) for each in shown] == [(False, True), (True, True), (True, False)]
    assert shown[0].products.count('class="tw-card"') == 50
    assert "51–100" in shown[1].position
    assert view.browse(turn_page(first, -1)) == shown[0]
    assert view.browse(turn_page(first, 9)) == shown[2], "what was on that page has gone elsewhere"


def test_the_catalogue_is_filtered_by_words_tags_and_properties(view):
    assert "<b>36</b>" in view.browse(Choice(tags=("洗衣机",))).position
    assert "<b>18</b>" in view.browse(Choice(tags=("洗衣机",), lang="zh")).position
    assert "<b>109</b>" in view.browse(Choice(described="yes", tagged="yes")).position
    assert "No products found." in view.browse(Choice(described="no")).products
    assert "No products found." in view.browse(Choice("qwertyuiop")).products


def test_products_are_shown_as_cards_or_as_a_table(view):
    choice = Choice("静音 洗衣机", tags=("washing machine",), size=12)
    cards, table = view.browse(choice), view.browse(choice, as_table=True)
    assert cards.products.count("data-open=") == table.products.count("data-open=") > 0
    assert "<table" in table.products
    assert (cards.facets, cards.position) == (table.facets, table.position)


def test_by_meaning_all_products_are_ranked_by_similarity(view):
    page = view.browse(Choice("washing machine for the family", by_meaning=True, lang="en", size=12))
    assert page.products.count("≈") == 12
    assert "<b>55</b>" in page.position
    assert "wash" in page.products.lower()
    assert "similar" not in view.browse(Choice("", by_meaning=True)).products


def test_facets_show_counts_and_what_is_pressed(view, english, chinese):
    page = view.browse(Choice(tags=("washing machine",), lang="zh"))
    pressed = re.findall('aria-pressed="true" data-facet="([^"]+)" data-value="([^"]+)"', page.facets)
    assert pressed == [("lang", "zh"), ("tag", "washing machine")]
    assert "<span>English</span> <output>18</output>" in english(page.facets)
    assert "<span>英文</span> <output>18</output>" in chinese(page.facets)
    assert re.findall('class="tw-taken" data-facet="([^"]+)"', page.chosen) == ["tag", "lang"]
    assert view.browse(Choice()).chosen == ""


def test_clicks_change_the_choice(view):
    choice = Choice("mug", offset=24)
    chosen = view.choose(choice, "lang", "zh")
    assert chosen == Choice("mug", lang="zh")
    assert view.choose(chosen, "", "") == Choice("mug")
    assert view.choose(choice, "colour", "red") == choice
    assert view.choose(choice, "described", "perhaps") == choice


def test_tags_are_picked_by_any_of_their_names(view, english, chinese):
    assert "<span>refrigerator</span> <output>37</output>" in english(view.pick_tags("REFRIG", Choice()))
    assert "<span>冰箱</span>" in chinese(view.pick_tags("冰", Choice()))
    assert 'aria-pressed="true"' in view.pick_tags("冰", Choice(tags=("refrigerator",)))
    assert "No such tag." in view.pick_tags("qwertyuiop", Choice())
    assert view.pick_tags(" ", Choice()) == ""


def test_a_product_is_shown_with_its_tags_and_similar_ones(view, store):
    product = next(each for each in store.catalogue.products() if "washing machine" in each.tags)
    html = view.show_product(product.id)
    assert str(Markup.escape(product.title)) in html
    assert 'data-facet="tag" data-value="washing machine"' in html
    assert html.count('class="tw-card"') == 8
    assert f'data-id="{product.id}"' not in html
    assert "this product is no longer in the catalogue" in view.show_product("no such id")


def test_a_wrong_filter_becomes_one_line_on_the_page(view):
    page = view.browse(Choice("a" * 201))
    assert "q: more than 200 characters" in page.products
    assert not page.after
    assert "lang: must be" in view.browse(Choice(lang="' OR true")).products


def test_the_headline_counts(view, store, english, chinese):
    assert f"<b>{store.catalogue.count()}</b> products</span>" in english(view.show_headline())
    assert f"<b>{store.catalogue.count()}</b> 件商品</span>" in chinese(view.show_headline())

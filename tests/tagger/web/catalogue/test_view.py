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
    shown = [view.browsed(each) for each in (first, second, third)]
    assert [(each.before, each.after) for each in shown] == [(False, True), (True, True), (True, False)]
    assert shown[0].products.count('class="tw-card"') == 50
    assert "51–100" in shown[1].position
    assert view.browsed(turn_page(first, -1)) == shown[0]
    assert view.browsed(turn_page(first, 9)) == shown[2], "what was on that page has gone elsewhere"


def test_the_catalogue_is_filtered_by_words_tags_and_properties(view):
    assert "<b>36</b>" in view.browsed(Choice(tags=("洗衣机",))).position
    assert "<b>18</b>" in view.browsed(Choice(tags=("洗衣机",), lang="zh")).position
    assert "<b>109</b>" in view.browsed(Choice(described="yes", tagged="yes")).position
    assert "No products found." in view.browsed(Choice(described="no")).products
    assert "No products found." in view.browsed(Choice("qwertyuiop")).products


def test_products_are_shown_as_cards_or_as_a_table(view):
    choice = Choice("静音 洗衣机", tags=("washing machine",), size=12)
    cards, table = view.browsed(choice), view.browsed(choice, as_table=True)
    assert cards.products.count("data-open=") == table.products.count("data-open=") > 0
    assert "<table" in table.products
    assert (cards.facets, cards.position) == (table.facets, table.position)


def test_by_meaning_all_products_are_ranked_by_similarity(view):
    browsed = view.browsed(Choice("washing machine for the family", by_meaning=True, lang="en", size=12))
    assert browsed.products.count("≈") == 12
    assert "<b>55</b>" in browsed.position
    assert "wash" in browsed.products.lower()
    assert "similar" not in view.browsed(Choice("", by_meaning=True)).products


def test_facets_show_counts_and_what_is_pressed(view, english, chinese):
    browsed = view.browsed(Choice(tags=("washing machine",), lang="zh"))
    pressed = re.findall('aria-pressed="true" data-facet="([^"]+)" data-value="([^"]+)"', browsed.facets)
    assert pressed == [("lang", "zh"), ("tag", "washing machine")]
    assert "<span>English</span> <output>18</output>" in english(browsed.facets)
    assert "<span>英文</span> <output>18</output>" in chinese(browsed.facets)
    assert re.findall('class="tw-taken" data-facet="([^"]+)"', browsed.chosen) == ["tag", "lang"]
    assert view.browsed(Choice()).chosen == ""


def test_clicks_change_the_choice(view):
    choice = Choice("mug", offset=24)
    chosen = view.chosen(choice, "lang", "zh")
    assert chosen == Choice("mug", lang="zh")
    assert view.chosen(chosen, "", "") == Choice("mug")
    assert view.chosen(choice, "colour", "red") == choice
    assert view.chosen(choice, "described", "perhaps") == choice


def test_tags_are_picked_by_any_of_their_names(view):
    assert "<span>冰箱 refrigerator</span> <output>37</output>" in view.picked("REFRIG", Choice())
    assert "冰箱 refrigerator" in view.picked("冰", Choice())
    assert 'aria-pressed="true"' in view.picked("冰", Choice(tags=("refrigerator",)))
    assert "No such tag." in view.picked("qwertyuiop", Choice())
    assert view.picked(" ", Choice()) == ""


def test_a_product_is_shown_with_its_tags_and_similar_ones(view, store):
    product = next(each for each in store.catalogue.products() if "washing machine" in each.tags)
    html = view.product(product.id)
    assert str(Markup.escape(product.title)) in html
    assert 'data-facet="tag" data-value="washing machine"' in html
    assert html.count('class="tw-card"') == 8
    assert f'data-id="{product.id}"' not in html
    assert "there is no product of this id, or no longer" in view.product("no such id")


def test_a_wrong_filter_becomes_one_line_on_the_page(view):
    browsed = view.browsed(Choice("a" * 201))
    assert "q: more than 200 characters" in browsed.products
    assert not browsed.after
    assert "lang: input should be" in view.browsed(Choice(lang="' OR true")).products


def test_the_headline_counts(view, store, english, chinese):
    assert f"<b>{store.catalogue.count()}</b> products</span>" in english(view.headline())
    assert f"<b>{store.catalogue.count()}</b> 件商品</span>" in chinese(view.headline())

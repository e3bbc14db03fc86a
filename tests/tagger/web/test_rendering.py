import re
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from index.product import Product, make_product
from index.query import Coverage, Facets, Page, TagCount
from index.reading import Original
from tagger.batch_job import Status
from tagger.browsing import Listing, Shown
from tagger.choosing import Choice
from tagger.evidence import Evidence, Neighbour, Share, Span
from tagger.pipeline import Answer, TagResult
from tagger.uploads import WrongFile
from tagger.vocabulary import Entry, Vocabulary
from tagger.web import answer, batch_view, charts, facets, listing, names, product_view
from tagger.web.marks import excerpt, marked
from tagger.web.service import Tagged
from tagger.web.typeset import typeset

EVIL = "<img src=x onerror=alert(1)>\"'&"
ALLOWED = {
    "a",
    "progress",
    "b",
    "button",
    "details",
    "div",
    "h3",
    "h4",
    "h5",
    "i",
    "li",
    "mark",
    "ol",
    "output",
    "p",
    "section",
    "small",
    "span",
    "summary",
    "table",
    "tbody",
    "td",
    "th",
    "thead",
    "tr",
    "ul",
}
ATTRIBUTES = {
    "aria-hidden",
    "data-state",
    "download",
    "href",
    "max",
    "open",
    "value",
    "aria-label",
    "aria-pressed",
    "class",
    "data-close",
    "data-facet",
    "data-id",
    "data-open",
    "data-tag",
    "data-value",
    "dir",
    "role",
    "scope",
    "style",
    "tabindex",
    "title",
    "type",
}
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.text(max_size=3)), max_size=6)


class _Elements(HTMLParser):
    """Collects the elements and the text of a page, and counts what was left open."""

    def __init__(self, html):
        super().__init__()
        self.names, self.attributes, self.text, self.open = set(), set(), "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def tagged(results, title="cold water bottle", seconds=0.25):
    return Tagged(make_product(title), Answer(results, {"knn": 0.2, EVIL: 0.05}), 0.5, seconds)


def of_evidence(**parts):
    return TagResult("bottle", 0.9, True, False, "kind", {"zh": "瓶", "en": "bottle"}, Evidence(**parts))


def test_nothing_that_comes_from_outside_becomes_markup():
    evidence = Evidence((Neighbour(EVIL, EVIL, 0.9, 0.5),), (Span(0, 4, EVIL),), (Share(EVIL, 0.5, 1.0),))
    results = [
        TagResult(EVIL, 0.9, True, True, EVIL, {"zh": EVIL, "en": EVIL}, evidence),
        TagResult(EVIL, 0.1, False, True),
    ]
    product = Product(EVIL, EVIL, EVIL * 100, "en", (EVIL,) * 20)
    vocabulary = Vocabulary([Entry(EVIL, EVIL, {"en": (EVIL,), "zh": ("坏",)})])
    evil = Choice(EVIL, tags=(EVIL,), lang=EVIL)
    shown = [
        answer.answer(Tagged(product, Answer(results, {}), 0.5, 0.1)),
        answer.problem(EVIL),
        listing.cards(Listing(Page([product], 1)), vocabulary),
        listing.table(Listing(Page([product], 1)), vocabulary),
        facets.panel(Facets({"en": 1}, {True: 1}, {False: 1}, [TagCount(EVIL, EVIL, 1)]), evil, vocabulary),
        facets.chosen(evil, vocabulary),
        facets.picked([TagCount(EVIL, EVIL, 1)], evil, vocabulary),
        product_view.product(Shown(product, Original(EVIL, EVIL), [(product, 0.5)]), vocabulary, {EVIL: 1}),
        product_view.product(Shown(product, Original(EVIL, EVIL), without=EVIL), vocabulary, {}),
        charts.charts({EVIL: 2}, [Coverage(EVIL, 2, 1, 1, 3)], vocabulary),
        batch_view._table([EVIL], [[EVIL]]),
        batch_view._rejected(EVIL, [{"line": 1, "reason": EVIL}]),
        batch_view._progress(Status("failed", 1, 2, problem=EVIL)),
        batch_view._problem(WrongFile("kind", EVIL), "zh"),
    ]
    for html in shown:
        found = _Elements(str(html))
        assert found.names <= ALLOWED
        assert found.attributes <= ATTRIBUTES
        assert EVIL in found.text
        assert found.open == []


def test_accepted_tags_come_first_with_both_names_and_their_marks():
    results = [
        TagResult("bottle", 0.93, True, False, "kind", {"zh": "瓶", "en": "bottle"}),
        TagResult("cold", 0.4, False, True),
    ]
    html = str(answer.answer(tagged(results)))
    accepted, rest = html.split("其他候选")
    assert "✓" in accepted
    assert "<b>bottle</b> <span>瓶</span>" in accepted
    assert "品类 kind" in accepted
    assert "93%" in accepted
    assert "width:93.0%" in accepted
    assert "新 new" not in accepted
    assert "新 new" in rest
    assert "✓" not in rest
    assert "1 / 2" in html
    assert "250 ms" in html


def test_a_product_without_tags_shows_its_text_and_no_list():
    html = str(answer.answer(tagged([])))
    assert "cold water bottle" in html
    assert "Accepted" not in html


def test_the_bars_of_the_shares_are_measured_by_the_largest_and_add_up():
    shares = (Share("knn", 0.7, 2.0), Share("prior", None, -1.0), Share("base", None, 0.25))
    html = str(answer.answer(tagged([of_evidence(shares=shares)])))
    assert re.findall(r'tw-scale (tw-\w+)"><i style="width:([\d.]+)%', html) == [
        ("tw-for", "50.0"), ("tw-against", "25.0"), ("tw-for", "6.2"),
    ]  # fmt: skip
    assert re.findall(r"<output>([+-][\d.]+)</output>", html) == ["+2.00", "-1.00", "+0.25", "+1.25"]


def test_shares_of_nothing_have_no_length():
    assert "width:0.0%" in str(answer.answer(tagged([of_evidence(shares=(Share("knn", None, 0.0),))])))


def test_neighbours_show_similarity_and_votes():
    html = str(answer.answer(tagged([of_evidence(neighbours=(Neighbour("1", "steel mug", 0.876, 0.25),))])))
    assert "steel mug" in html
    assert "≈ 0.88" in html
    assert "25%" in html


def test_no_evidence_is_said():
    assert "No evidence." in str(answer.answer(tagged([of_evidence()])))


def test_the_text_of_a_tag_is_marked_where_it_stands():
    html = str(answer.answer(tagged([of_evidence(spans=(Span(11, 17, "bottle"),))])))
    assert '<p class="tw-text" dir="auto" tabindex="0">cold water <mark title="bottle">bottle</mark></p>' in html


def test_overlapping_spans_share_their_pieces():
    shown = marked("abcdef", [(Span(0, 4, ""), "x"), (Span(2, 6, ""), "y")], longest=10)
    assert shown == '<mark title="x">ab</mark><mark title="x · y">cd</mark><mark title="y">ef</mark>'


def test_a_long_text_is_cut_and_a_span_beyond_the_cut_is_not_marked():
    assert marked("abcdef", [(Span(0, 1, ""), "x"), (Span(3, 5, ""), "y")], longest=4) == '<mark title="x">a</mark>bcd…'


@given(st.text(max_size=25), SPANS)
def test_marking_keeps_the_text_whatever_the_spans(text, spans):
    shown = marked(text, [(Span(start, end, ""), said) for start, end, said in spans], longest=100)
    found = _Elements(str(shown))
    assert shown.striptags() == Markup.escape(text).striptags()
    assert found.names <= {"mark"}
    assert found.open == []


def test_an_excerpt_shows_what_stands_around():
    assert excerpt("0123456789", Span(4, 6, "45"), around=2) == "…23<mark>45</mark>67…"
    assert excerpt("0123", Span(0, 4, "0123")) == "<mark>0123</mark>"


def test_chinese_text_gets_its_wide_punctuation_back_and_numbers_keep_theirs():
    assert typeset("静音,节能!容量:5,000ml,12:30开,A, B", "zh") == "静音，节能！容量：5,000ml,12:30开，A, B"
    assert typeset("静音,节能", "en") == "静音,节能"


@given(st.text(alphabet="静音,;:!?a1 "))
def test_wide_punctuation_takes_the_place_of_narrow(text):
    wide = typeset(text, "zh")
    assert len(wide) == len(text)
    assert make_product(wide).title == make_product(text).title


def test_a_tag_is_called_what_the_language_of_the_product_calls_it():
    labels = {"zh": "冰箱", "en": "refrigerator"}
    assert names.tag("refrigerator", labels, "zh") == ("冰箱", "refrigerator")
    assert names.tag("refrigerator", labels, "en") == ("refrigerator", "冰箱")
    assert names.tag("fridge", {}, "other") == ("fridge", "")
    assert names.source("my-tagger") == "my-tagger"


def test_a_card_has_a_snippet_and_the_tags_by_their_labels():
    product = Product("1", "", "很好," * 100, "zh", tuple(f"tag{number}" for number in range(14)))
    html = str(
        listing.cards(Listing(Page([product], 1)), Vocabulary([Entry("tag0", "", {"zh": ("甲",), "en": ("tag0",)})]))
    )
    assert '<span class="tw-chip" title="tag0">甲</span>' in html
    assert "+2" in html
    assert "很好，很好" in html
    assert "…</p>" in html


def test_the_position_counts_from_one():
    products = [Product(str(number), "mug") for number in range(5)]
    assert listing.position(20, Page(products, 1234)).striptags() == "21–25 / 共 of 1,234"
    assert listing.position(0, Page()).striptags() == "0–0 / 共 of 0"


def test_facets_stand_in_a_known_order_and_tags_without_one_at_last():
    tags = [TagCount("x", "", 9), TagCount("own", "brand", 7), TagCount("red", "colour", 5), TagCount("mug", "kind", 1)]
    html = str(facets.panel(Facets(tags=tags), Choice(), Vocabulary()))
    assert re.findall("<h4>(.*?)</h4>", html) == ["品类 kind", "颜色 colour", "brand", "标签 Tags"]


def test_a_text_that_cleaning_changed_is_shown_as_it_was():
    product = Product("1", "Mug", "blue")
    assert "As it stood" not in product_view.product(Shown(product, Original("Mug", "blue")), Vocabulary(), {})
    assert "&lt;b&gt;Mug" in product_view.product(Shown(product, Original("<b>Mug", "blue")), Vocabulary(), {})


def test_charts_compare_tags_with_the_most_frequent_and_languages_with_all_of_theirs():
    html = str(charts.charts({"mug": 8, "cup": 2}, [Coverage("zh", 4, 1, 3, 10)], Vocabulary()))
    assert re.findall(r"width:([\d.]+)%", html) == ["100.0", "25.0", "75.0", "25.0"]
    assert "中文 Chinese: 4" in html
    assert "2.5 个标签" in html
    assert "Tags by frequency" in charts.charts({}, [], Vocabulary())

import re
from collections import defaultdict
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser

from hypothesis import given
from hypothesis import strategies as st
from markupsafe import Markup

from index.catalogue.decision import Decision
from index.catalogue.query import Coverage, Facets, Page, TagCount
from index.catalogue.tag_edit import TagChange, TagEdit
from index.catalogue.tag_queries import Slice, TagSummary
from index.errors import BadInput
from index.files.product_reader import Original, Reject
from index.messages import Message
from index.product import Product, make_product
from tagger.evaluation.error_analysis import Confusion, TagFigures
from tagger.feedback.review_item import ReviewItem, ReviewRow
from tagger.feedback.review_priority import ReviewPriority
from tagger.feedback.tag_edits import TagPlan
from tagger.jobs.job import Status
from tagger.jobs.quality_report import Diagnosis
from tagger.jobs.training.log import Log, Stage
from tagger.jobs.training.process import TrainingRequest, TrainingStatus
from tagger.jobs.upload import FirstRows
from tagger.results import Answer, Familiarity, TagResult
from tagger.search.browse import Listing, Shown
from tagger.search.embedding_map import Chart, Point
from tagger.search.filters import Choice
from tagger.types import Contribution, DecisionEvidence, Evidence, Neighbour, RuleEvidence, Span
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.duplicates import Merge
from tagger.web.batch.rendering import (
    render_preview,
    render_problem,
    render_progress,
    render_rejects,
    render_result,
)
from tagger.web.catalogue import charts, facets
from tagger.web.catalogue import product as product_view
from tagger.web.catalogue.map_drawing import draw_map
from tagger.web.components import product_cards as listing
from tagger.web.components import tables
from tagger.web.components.decision_rows import decision_history, decision_rows
from tagger.web.components.highlight import Excerpt, excerpt, highlight
from tagger.web.components.panels import problem
from tagger.web.components.punctuation import typeset
from tagger.web.components.reasons import reason
from tagger.web.i18n import display_names as names
from tagger.web.quality.rendering import render_diagnosis
from tagger.web.quality.tables import render_leaderboard
from tagger.web.review.product import render_product
from tagger.web.review.rendering import render_tags_to_add
from tagger.web.service.tagging import Tagged
from tagger.web.service.tags import TagPage
from tagger.web.tag import answer
from tagger.web.tag_page.form import render_form, render_plan
from tagger.web.tag_page.history import render_changes
from tagger.web.tag_page.merge_list import render_merges
from tagger.web.tag_page.page import render_tag
from tagger.web.tag_page.trend import TrendBar, trend_bars
from tagger.web.train.rendering import render_progress as render_training

EVIL = "<img src=x onerror=alert(1)>\"'&"
ALLOWED = {
    "a",
    "progress",
    "b",
    "bdi",
    "button",
    "details",
    "div",
    "h2",
    "h3",
    "h4",
    "h5",
    "i",
    "kbd",
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
    "dl",
    "dt",
    "dd",
    "label",
    "input",
    "figure",
    "figcaption",
    "svg",
    "rect",
    "circle",
    "g",
    "path",
    "polyline",
    "pre",
    "text",
    "tspan",
    "title",
}
ATTRIBUTES = {
    "aria-hidden",
    "data-copy",
    "data-elsewhere",
    "data-order",
    "data-row",
    "data-name",
    "data-state",
    "data-tags",
    "download",
    "href",
    "lang",
    "max",
    "open",
    "value",
    "aria-label",
    "aria-pressed",
    "class",
    "data-close",
    "data-judge",
    "data-kind",
    "data-move",
    "data-spot",
    "data-turn",
    "data-undo",
    "disabled",
    "data-facet",
    "data-id",
    "data-open",
    "data-tag",
    "data-value",
    "data-page",
    "data-plan",
    "data-edit",
    "data-unedit",
    "data-lang",
    "data-size",
    "autocomplete",
    "maxlength",
    "name",
    "viewbox",
    "preserveaspectratio",
    "cx",
    "d",
    "points",
    "text-anchor",
    "transform",
    "cy",
    "r",
    "x",
    "y",
    "width",
    "height",
    "dir",
    "role",
    "scope",
    "style",
    "tabindex",
    "title",
    "type",
}
SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30), st.text(max_size=3)), max_size=6)


AT = datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC)
DECIDED = Decision(1, 1, "accept", EVIL, EVIL, EVIL, EVIL, EVIL, AT)
UNDONE = replace(DECIDED, number=2, kind="remove", undone_by=EVIL, undone_at=AT)
ENTRY = Entry(EVIL, EVIL, {"en": (EVIL, f"{EVIL}s"), "zh": ("坏",)}, (EVIL,))
EDIT = TagEdit(1, "rename", EVIL, EVIL, EVIL, EVIL, AT)
UNEDITED = replace(EDIT, undone_by=EVIL, undone_at=AT)
SUGGESTED = {"tag": EVIL, "probability": 0.5}
RECORD = {"title": EVIL, "description": EVIL, "lang": EVIL, "tags": [EVIL], "suggestions": [SUGGESTED]}
TRAINING = TrainingStatus(
    "failed", TrainingRequest("fit"), Log([Stage(EVIL, 1, 2, 0, 0, 1)], [EVIL], EVIL), 60.0, {"tags": 1.0, EVIL: 1.0}
)
DIAGNOSIS = Diagnosis(EVIL, (1.0, 0.5), [TagFigures(EVIL, 2, 1, 1)], [Confusion(EVIL, EVIL, 1, EVIL)], [], [])
PAST = decision_history([DECIDED], Vocabulary())


class _Elements(HTMLParser):
    """Collects the elements and the text of a page, and tracks open elements."""

    def __init__(self, html):
        super().__init__()
        self.names, self.attributes, self.text, self.open = set(), set(), "", []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.names.add(tag)
        self.attributes |= {name for name, _ in attrs}
        if tag != "input":
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data


def tagged(results, title="cold water bottle", seconds=0.25):
    return Tagged(make_product(title), Answer(results, {"knn": 0.2, EVIL: 0.05}, threshold=0.5), seconds)


def of_evidence(**parts):
    return TagResult("bottle", 0.9, True, False, "kind", {"zh": "瓶", "en": "bottle"}, Evidence(**parts))


def test_nothing_that_comes_from_outside_becomes_markup():
    decision = DecisionEvidence("accept", EVIL, EVIL, EVIL, EVIL, 0.99)
    evidence = Evidence(
        (Neighbour(EVIL, EVIL, 0.9, 0.5),), (Span(0, 4, EVIL),), (Contribution(EVIL, 0.5, 1.0),), (decision,)
    )
    results = [
        TagResult(EVIL, 0.9, True, True, EVIL, {"zh": EVIL, "en": EVIL}, evidence),
        TagResult(EVIL, 0.1, False, True),
    ]
    product = Product(EVIL, EVIL, EVIL * 100, "en", (EVIL,) * 20)
    vocabulary = Vocabulary([Entry(EVIL, EVIL, {"en": (EVIL,), "zh": ("坏",)})])
    evil = Choice(EVIL, tags=(EVIL,), lang=EVIL)
    shown = [
        answer.answer(Tagged(product, Answer(results, {}, threshold=0.5), 0.1)),
        listing.cards(Listing(Page([product], 1), similarities={EVIL: 0.9}), vocabulary, opens=False),
        problem(Message(EVIL)),
        listing.cards(Listing(Page([product], 1)), vocabulary),
        listing.table(Listing(Page([product], 1)), vocabulary),
        facets.panel(Facets({"en": 1}, {True: 1}, {False: 1}, [TagCount(EVIL, EVIL, 1)]), evil, vocabulary),
        facets.chosen_values(evil, vocabulary),
        facets.picked_tags([TagCount(EVIL, EVIL, 1)], evil, vocabulary),
        product_view.product(Shown(product, Original(EVIL, EVIL), [(product, 0.5)]), vocabulary, {EVIL: 1}, PAST),
        product_view.product(Shown(product, Original(EVIL, EVIL), without=Message(EVIL)), vocabulary, {}, PAST),
        decision_history([DECIDED, UNDONE], vocabulary),
        decision_rows(
            ReviewItem(
                product, [ReviewRow(results[0], True, DECIDED), ReviewRow(results[1], False)], without=Message(EVIL)
            )
        ),
        product_view.review_item(
            ReviewItem(product, [ReviewRow(results[0], True, UNDONE)], [DECIDED]), vocabulary, PAST
        ),
        render_product(
            ReviewItem(product, [ReviewRow(results[0], True)], [DECIDED]), ReviewPriority(EVIL, 1, 1, 1), vocabulary
        ),
        render_tag(
            TagPage(ENTRY, TagSummary(2, [product], {EVIL: 2}, [Slice(2, 1)]), [EDIT, UNEDITED], vocabulary), Markup("")
        ),
        render_form(ENTRY),
        render_plan(TagPlan(TagChange("merge", EVIL, EVIL, EVIL, EVIL), 3, 4)),
        render_merges([Merge(EVIL, EVIL, "translation", 0.5)], vocabulary),
        draw_map(Chart([Point(product, 0.5, 0.5, 0)], [(EVIL, 1)], 0, 0, 2, 0.5), EVIL, vocabulary),
        charts.charts({EVIL: 2}, [Coverage(EVIL, 2, 1, 1, 3)], vocabulary),
        tables.table(EVIL, [EVIL], [[EVIL]]),
        render_rejects(
            EVIL,
            [
                {"line": 1, "reason": EVIL},
                {"line": 2, "reason": "", "code": "row.duplicate-id", "params": {"id": EVIL, "first": EVIL}},
            ],
        ),
        render_progress(Status("failed", 1, 2, problem=Message(EVIL))),
        render_problem(BadInput("file.missing", path=EVIL)),
        render_preview(
            EVIL,
            FirstRows([product, Reject(EVIL, 1, Message(EVIL))], EVIL, EVIL, EVIL, EVIL, EVIL, [EVIL]),
            1,
        ),
        render_result(EVIL, [RECORD], []),
        render_tags_to_add([EVIL], EVIL, EVIL, vocabulary),
        render_changes([EDIT, UNEDITED]),
        render_training(TRAINING),
        render_leaderboard({EVIL: defaultdict(float)}),
        render_diagnosis(DIAGNOSIS, DIAGNOSIS.tags, vocabulary),
    ]
    for html in shown:
        found = _Elements(str(html))
        assert found.names <= ALLOWED
        assert found.attributes <= ATTRIBUTES
        assert EVIL in found.text
        assert found.open == []


def test_accepted_tags_come_first_with_both_names_and_their_marks(english, chinese):
    results = [
        TagResult("bottle", 0.93, True, False, "kind", {"zh": "瓶", "en": "bottle"}),
        TagResult("cold", 0.4, False, True),
    ]
    html = english(answer.answer(tagged(results)))
    accepted, rest = html.split("Other candidates")
    assert "✓" in accepted
    assert "<b>bottle</b> <span>瓶</span>" in accepted
    assert html.count("data-copy=") == 3
    assert 'data-tags="[&#34;bottle&#34;]"' in html
    assert '<span class="tw-facet">kind</span>' in accepted
    assert "93%" in accepted
    assert "width:93.0%" in accepted
    assert "tw-new" not in accepted
    assert '<span class="tw-new">new</span>' in rest
    assert "✓" not in rest
    assert "1 / 2" in html
    assert "250 ms" in html
    assert '<p class="tw-told tw-hidden">2 tags suggested, 1 of them accepted</p>' in html
    html = chinese(answer.answer(tagged(results)))
    accepted, rest = html.split("<h2>其他候选</h2>")
    assert "<h2>已接受</h2>" in accepted
    assert '<span class="tw-facet">品类</span>' in accepted
    assert '<span class="tw-new">新</span>' in rest
    assert "<span>接受 <b>1 / 2</b></span>" in html


def test_accepted_tags_stand_together_by_facet_the_surest_first_and_those_without_last(english, chinese):
    red, blue, mug, gift = (
        TagResult("red", 0.97, True, False, "colour"),
        TagResult("blue", 0.91, True, False, "colour"),
        TagResult("mug", 0.95, True, False, "kind", {"zh": "杯子", "en": "mug"}),
        TagResult("gift", 0.99, True, True),
    )
    html = str(answer.answer(tagged([gift, red, mug, blue, TagResult("steel", 0.2, False, False, "material")])))
    assert re.findall('data-tag="([^"]*)"', html) == ["red", "blue", "mug", "gift", "steel"]


def test_candidates_below_a_hundredth_are_shown_on_demand(english, chinese):
    results = [TagResult(tag, chance, False, False) for tag, chance in (("a", 0.01), ("b", 0.0099), ("c", 0.001))]
    shown = answer.answer(tagged(results))
    likely, improbable = english(shown).split("<summary>Show 2 more, below 1%</summary>")
    assert "<summary>再显示 2 个概率低于 1% 的标签</summary>" in chinese(shown)
    assert re.findall('data-tag="([^"]*)"', likely) == ["a"]
    assert re.findall('data-tag="([^"]*)"', improbable) == ["b", "c"]
    assert "Show" not in english(answer.answer(tagged(results[:1])))


def test_a_product_that_the_store_does_not_know_is_said_above_its_tags(english):
    unknown = Familiarity(False, Message("sources differ"), 0.2)
    html = english(
        answer.answer(replace(tagged([of_evidence()]), answer=Answer([of_evidence()], {}, familiarity=unknown)))
    )
    assert '<div class="tw-banner" role="status"><p><b>Unknown product:</b> ' in html
    assert "A person should look at them." in html


def test_those_who_speak_for_any_tag_are_named_once_the_nearest_first():
    first, second = Neighbour("a", "mug", 0.9, 0.5), Neighbour("b", "cup", 0.95, 0.2)
    many = tuple(Neighbour(f"n{at}", "pot", 0.5 - at / 100, 0.1) for at in range(9))
    results = [of_evidence(neighbours=(first, second)), of_evidence(neighbours=(second, *many))]
    assert answer.voters(tagged(results)) == {"b": 0.95, "a": 0.9, "n0": 0.5, "n1": 0.49, "n2": 0.48, "n3": 0.47}


def test_a_product_without_tags_shows_its_text_and_no_list():
    html = str(answer.answer(tagged([])))
    assert "cold water bottle" in html
    assert "Accepted" not in html


def test_the_bars_of_the_shares_are_measured_by_the_largest_and_add_up():
    shares = (Contribution("knn", 0.7, 2.0), Contribution("prior", None, -1.0), Contribution("base", None, 0.25))
    html = str(answer.answer(tagged([of_evidence(shares=shares)])))
    assert re.findall(r'tw-scale (tw-\w+)"><i style="width:([\d.]+)%', html) == [
        ("tw-for", "50.0"), ("tw-against", "25.0"), ("tw-for", "6.2"),
    ]  # fmt: skip
    assert re.findall(r"<output>([+-][\d.]+)</output>", html) == ["+2.00", "-1.00", "+0.25", "+1.25"]


def test_shares_of_nothing_have_no_length():
    assert "width:0.0%" in str(answer.answer(tagged([of_evidence(shares=(Contribution("knn", None, 0.0),))])))


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
    shown = highlight("abcdef", [(Span(0, 4, ""), "x"), (Span(2, 6, ""), "y")], longest=10)
    assert shown == '<mark title="x">ab</mark><mark title="x · y">cd</mark><mark title="y">ef</mark>'


def test_a_long_text_is_cut_and_a_span_beyond_the_cut_is_not_highlighted():
    assert (
        highlight("abcdef", [(Span(0, 1, ""), "x"), (Span(3, 5, ""), "y")], longest=4) == '<mark title="x">a</mark>bcd…'
    )


@given(st.text(max_size=25), SPANS)
def test_marking_keeps_the_text_whatever_the_spans(text, spans):
    shown = highlight(text, [(Span(start, end, ""), said) for start, end, said in spans], longest=100)
    found = _Elements(str(shown))
    assert shown.striptags() == Markup.escape(text).striptags()
    assert found.names <= {"mark"}
    assert found.open == []


def test_an_excerpt_shows_what_stands_around():
    assert excerpt("0123456789", Span(4, 6, "45"), around=2) == Excerpt("…23", "45", "67…")
    assert excerpt("0123", Span(0, 4, "0123")) == Excerpt("", "0123", "")


def test_chinese_text_gets_its_wide_punctuation_back_and_numbers_keep_theirs():
    assert typeset("静音,节能!容量:5,000ml,12:30开,A, B", "zh") == "静音，节能！容量：5,000ml,12:30开，A, B"
    assert typeset("静音,节能", "en") == "静音,节能"


@given(st.text(alphabet="静音,;:!?a1 "))
def test_wide_punctuation_takes_the_place_of_narrow(text):
    wide = typeset(text, "zh")
    assert len(wide) == len(text)
    assert make_product(wide).text == make_product(text).text


def test_a_tag_is_called_what_the_language_of_the_product_calls_it():
    labels = {"zh": "冰箱", "en": "refrigerator"}
    assert [names.tag("refrigerator", labels, lang) for lang in ("zh", "en", "other")] == [
        "冰箱", "refrigerator", "refrigerator",
    ]  # fmt: skip
    assert names.tag("fridge", {}, "other") == "fridge"


def test_a_reader_sees_the_name_of_his_language_first_and_the_other_one_in_grey(english, chinese):
    labels = {"zh": "冰箱", "en": "refrigerator"}
    name, other = names.shown("fridge", labels), names.other("fridge", labels)
    assert (english(name), english(other)) == ("refrigerator", "冰箱")
    assert (chinese(name), chinese(other)) == ("冰箱", "refrigerator")
    assert (names.shown("fridge", {}), names.other("fridge", {})) == ("fridge", "")
    assert names.shown("fridge", {"zh": "冰箱"}) == "冰箱"
    assert names.source("my-tagger") == "my-tagger"


def test_the_reason_for_a_tag_is_one_sentence(english, chinese):
    product = Product("1", "Steel bottle", "Made of stainless steel")
    spans = (Span(0, 5, "Steel"), Span(6, 12, "bottle"), Span(21, 36, "stainless steel"))
    near = tuple(Neighbour(str(place), "x", 0.9, 0.1, place) for place in (1, 4, 5, 6, 9))
    shown = reason(of_evidence(spans=spans, neighbours=near), product)
    assert english(shown) == "“Steel … bottle” in the title; 3 of the 5 most similar products have it"
    assert chinese(shown) == "标题中有“Steel … bottle”；最相似的 5 件商品中有 3 件带此标签"
    assert english(reason(of_evidence(spans=spans[2:], neighbours=near[3:]), product)) == (
        "“stainless steel” in the description; 2 similar products have it"
    )
    decided = (DecisionEvidence("remove", "Ann", "", "1", "Steel", 1.0),)
    assert english(reason(of_evidence(decisions=decided), product)) == "Ann rejected it for such a product"
    rules = (RuleEvidence("implied", "mug"), RuleEvidence("never_automatic", "mug"), RuleEvidence("threshold", "0.5"))
    assert english(reason(of_evidence(rules=rules), product)) == "follows from “mug”; a rule leaves it to a person"


def test_where_there_is_no_other_reason_the_source_is_named(english, chinese):
    shares = (Contribution("knn", 0.7, 1.0), Contribution("linear", None, 2.0))
    shown = reason(of_evidence(shares=shares), Product("1", "mug"))
    assert (english(shown), chinese(shown)) == ("mainly from: word model", "主要依据：词语模型")
    assert english(reason(of_evidence(), Product("1", "mug"))) == ""


def test_a_card_has_a_snippet_and_the_tags_by_their_labels(chinese):
    product = Product("1", "", "很好," * 100, "zh", tuple(f"tag{number}" for number in range(14)))
    html = str(
        listing.cards(Listing(Page([product], 1)), Vocabulary([Entry("tag0", "", {"zh": ("甲",), "en": ("tag0",)})]))
    )
    assert '<span class="tw-chip" title="甲 tag0">甲</span>' in chinese(html)
    assert "+2" in html
    assert "很好，很好" in html
    assert "…</p>" in html


def test_the_position_counts_from_one(english, chinese):
    products = [Product(str(number), "mug") for number in range(5)]
    assert Markup(english(listing.position(20, Page(products, 1234)))).striptags() == "21–25 of 1,234"
    assert Markup(chinese(listing.position(0, Page()))).striptags() == "0–0 / 共 0"


def test_facets_stand_in_a_known_order_and_tags_without_one_at_last(english, chinese):
    tags = [TagCount("x", "", 9), TagCount("own", "brand", 7), TagCount("red", "colour", 5), TagCount("mug", "kind", 1)]
    html = facets.panel(Facets(tags=tags), Choice(), Vocabulary())
    assert re.findall("<h2>(.*?)</h2>", english(html)) == ["kind", "colour", "brand", "Tags"]
    assert re.findall("<h2>(.*?)</h2>", chinese(html)) == ["品类", "颜色", "brand", "标签"]
    assert re.findall('<section aria-label="(.*?)">', html) == ["品类 kind", "颜色 colour", "brand", "标签 Tags"]


def test_what_is_chosen_is_taken_back_each_or_all_of_it(english, chinese):
    chosen = facets.chosen_values(Choice(tags=("mug",), lang="zh", described="no", tagged="yes"), Vocabulary())
    taken = '<button type="button" class="tw-taken[^>]*>(.*?)(?: <span aria-hidden="true">×</span>)?</button>'
    assert re.findall(taken, english(chosen)) == ["mug", "Chinese", "no description", "tagged", "Clear all"]
    assert re.findall(taken, chinese(chosen)) == ["mug", "中文", "没有描述", "已有标签", "全部清除"]
    assert chosen.count('title="移除 remove"') == 4


def test_a_product_says_its_facts_and_that_there_are_no_tags(english, chinese):
    shown = product_view.product(Shown(Product("1", "Mug", "", "en"), Original("Mug", "")), Vocabulary(), {}, PAST)
    assert '<div class="tw-drawer" role="dialog" aria-label="商品 Product" tabindex="-1">' in shown
    facts = '<p class="tw-facts"><span>{} <b>1</b></span><span>{} <b>{}</b></span><span><b>0</b> {}</span></p>'
    for html, facts_said, said in (
        (english(shown), ("id", "language", "English", "tags"), ("No description.", "Needs review: no tags.", "None.")),
        (chinese(shown), ("编号", "语言", "英文", "个标签"), ("没有描述。", "需要审核：没有标签。", "没有。")),
    ):
        assert facts.format(*facts_said) in html
        assert all(f">{line}</p>" in html for line in said)


def test_a_text_that_cleaning_changed_is_shown_as_it_was():
    product = Product("1", "Mug", "blue")
    assert "As it stood" not in product_view.product(Shown(product, Original("Mug", "blue")), Vocabulary(), {}, PAST)
    assert "&lt;b&gt;Mug" in product_view.product(Shown(product, Original("<b>Mug", "blue")), Vocabulary(), {}, PAST)


def test_charts_compare_tags_with_the_most_frequent_and_languages_with_all_of_theirs(english, chinese):
    html = charts.charts({"mug": 8, "cup": 2}, [Coverage("zh", 4, 1, 3, 10)], Vocabulary())
    assert re.findall(r"width:([\d.]+)%", html) == ["100.0", "25.0", "75.0", "25.0"]
    assert "<h3>Chinese: 4 <small>products · on average 2.5 tags</small></h3>" in english(html)
    assert "<h3>中文: 4 <small>件商品 · 平均 2.5 个标签</small></h3>" in chinese(html)
    assert re.findall("<li><span>([^<]*)</span>", english(html)) == ["mug", "cup", "tagged", "described"]
    empty = charts.charts({}, [], Vocabulary())
    assert re.findall("<h2>(.*?)</h2>", english(empty)) == ["Tags by frequency", "Coverage by language"]
    assert re.findall("<h2>(.*?)</h2>", chinese(empty)) == ["标签频率", "各语言的完整度"]


def test_the_legend_of_the_map_names_languages_for_the_reader_and_says_what_was_left_out(english, chinese):
    points = [Point(Product("1", "Mug"), 0.5, 0.5, 0)]
    html = draw_map(Chart(points, [("zh", 1)], 3, 4, 8, 0.5), "lang", Vocabulary())
    legend = '<span dir="auto">(.*?)</span> <output>'
    assert re.findall(legend, english(html)) == ["Chinese", "other", "none"]
    assert re.findall(legend, chinese(html)) == ["中文", "其他", "无"]
    assert 'aria-label="商品目录地图 Map of the catalogue: 语言 language. 中文 Chinese: 1"' in html
    assert "<p>sample: <b>1</b> / 8 products</p>" in english(html)
    assert "<p>抽样: <b>1</b> / 8 件商品</p>" in chinese(html)


def test_the_work_on_a_file_says_where_it_stands(english, chinese):
    html = render_progress(Status("running", 30, 60, seconds=12.0))
    facts = re.compile("<span>(.*?) *<b>(.*?)</b></span>")
    assert facts.findall(english(html)) == [("", "running"), ("", "30 / 60"), ("per second", "2.5"), ("left", "0:12")]
    assert facts.findall(chinese(html)) == [("", "进行中"), ("", "30 / 60"), ("每秒", "2.5"), ("剩余", "0:12")]


def test_a_verdict_that_was_given_is_pressed_and_takes_itself_back(english, chinese):
    product = Product("p", "mug", "", "en", ("mug",))
    mug, cup = (TagResult(tag, 0.9, True, False) for tag in ("mug", "cup"))
    rejected = replace(DECIDED, number=7, kind="reject", tag="cup", by="Ann")
    html = str(
        decision_rows(
            ReviewItem(product, [ReviewRow(mug, stored=True), ReviewRow(cup, stored=False, decision=rejected)])
        )
    )
    buttons = re.findall(r'class="tw-(\w+)" aria-pressed="(\w+)" data-spot="[^"]*" data-id="p" (data-[^ ]+)', html)
    assert buttons == [
        ("accept", "false", 'data-kind="accept"'),
        ("reject", "false", 'data-kind="remove"'),
        ("accept", "false", 'data-kind="accept"'),
        ("reject", "true", 'data-undo="7"'),
    ]
    assert ">rejected · <bdi>Ann</bdi></span>" in english(html)
    assert ">拒绝 · <bdi>Ann</bdi></span>" in chinese(html)
    assert '<span class="tw-facet">existing</span>' in english(html)
    assert '<span class="tw-facet">已有</span>' in chinese(html)
    assert 'title="接受 Accept" aria-label="接受 Accept: mug">✓</button>' in html


def test_history_names_who_and_when_and_offers_to_undo_what_is_in_force(english, chinese):
    html = str(decision_history([DECIDED, UNDONE], Vocabulary()))
    assert "2026-05-06 07:08 UTC" in html
    assert english(html).count(">Undo</button>") == chinese(html).count(">撤销</button>") == 1
    assert f"undone by <bdi>{Markup.escape(EVIL)}</bdi></span> · 2026-05-06 07:08 UTC" in html
    assert f"已由 <bdi>{Markup.escape(EVIL)}</bdi> 撤销</span>" in html
    assert "No decisions yet." in decision_history([], Vocabulary())
    assert "… 5 earlier" in english(decision_history([DECIDED] * 35, Vocabulary()))
    assert "… 5 更早" in chinese(decision_history([DECIDED] * 35, Vocabulary()))


def test_the_form_of_a_tag_says_what_can_be_done_and_a_preview_what_it_would_do(english, chinese):
    offered = re.compile(r'data-plan="[^>]*>([^<:]+)[<:]')
    form = render_form(ENTRY)
    assert '<details class="tw-edit"><summary>' in form
    typed = render_form(ENTRY, '"><b>cup')
    assert '<details class="tw-edit" open><summary>' in typed
    assert 'value="&#34;&gt;&lt;b&gt;cup"' in typed
    assert offered.findall(english(form)) == [
        "Rename", "Chinese label", "English label", "Add alias", "Merge into", "Remove alias", "Delete this tag",
    ]  # fmt: skip
    assert offered.findall(chinese(form)) == [
        "改名", "设为中文名", "设为英文名", "添加别名", "合并到此标签", "移除别名", "删除这个标签",
    ]  # fmt: skip
    plan = render_plan(TagPlan(TagChange("merge", "cup", "mug", "", "Ann"), 3, 1400))
    assert '<bdi>cup</bdi>: merge into <b dir="auto">mug</b>' in english(plan)
    assert "<b>3</b> products have the tag; <bdi>mug</bdi>: <b>1,400</b>" in english(plan)
    assert '<bdi>cup</bdi>: 合并到 <b dir="auto">mug</b>' in chinese(plan)
    assert "<b>3</b> 件商品有此标签; <bdi>mug</bdi>: <b>1,400</b>" in chinese(plan)


def test_evidence_says_who_decided(english, chinese):
    decisions = (DecisionEvidence("reject", "Ann", "2026-05-06T07:08:09+00:00", "p", "Steel mug", 0.9876),)
    html = answer.answer(tagged([of_evidence(decisions=decisions)]))
    assert "<span>rejected · decided by <bdi>Ann</bdi></span>" in english(html)
    assert "<span>拒绝 · 审核人 <bdi>Ann</bdi></span>" in chinese(html)
    assert "≈ 0.988" in html


def test_the_bars_of_a_trend_stand_side_by_side_and_the_highest_share_fills_the_height():
    bars = trend_bars([Slice(4, 2), Slice(4, 0), Slice(8, 8)])
    assert bars == [
        TrendBar(2, 30.0, 30.0, 2, 4, 0.5), TrendBar(22, 59.0, 1.0, 0, 4, 0.0), TrendBar(42, 1.0, 59.0, 8, 8, 1.0),
    ]  # fmt: skip
    assert trend_bars([Slice(4, 0)]) == trend_bars([]) == []

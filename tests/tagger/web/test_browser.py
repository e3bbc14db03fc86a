"""The page as visitors see it, in a real browser."""

import contextlib
import gzip
import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Locator, Page, expect

from index.messages import texts as catalogue
from tagger.demo.paths import PRODUCTS
from tagger.jobs.file_jobs import MOST_BYTES
from tests.tagger.web.conftest import Screen, word

WATCH = "全自动洗衣机 静音，节能\n大容量，适合家庭使用。"
# What readers of either language see.
WASHER, FRIDGE = re.compile("^(洗衣机|washing machine)"), re.compile("^(冰箱|refrigerator)")
BOTTLE = "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"
EVIL = (
    "<img src=x onerror=window.hacked=1><svg onload=window.hacked=1> ${window.hacked=1} "
    "{{window.hacked=1}} \u202e冰箱😀"
)

EVIL_NAME = "Ann ${window.hacked=1} <img src=x onerror=window.hacked=1>"


# A training runs in a separate process, which starts slowly beside the server and the browser.
FITTED_MS = 120_000
DESKTOP = Screen(1280, 900, "light", "en-GB")
PHONE = Screen(390, 844, "dark", "zh-CN")
# Where neither the screen nor the language matters, a test runs once: on the narrower screen, whose language differs
# from the source's. What the desktop and English look like is asserted by the other tests of the same tab.
on_phone = pytest.mark.parametrize("page", [PHONE], ids=["phone"], indirect=True)
on_phone_own = pytest.mark.parametrize("own_tab", [PHONE], ids=["phone"], indirect=True)
on_both = pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


@pytest.fixture
def page(request, tab_of, server):
    """An open page. After the test, it must have logged no error and sent no request to another server."""
    with opened(request, tab_of, server) as tab:
        yield tab.page


@pytest.fixture
def own_tab(request, tab_of, own_server):
    """A tab with the page of the server over the writable store."""
    with opened(request, tab_of, own_server) as tab:
        yield tab


@pytest.fixture
def training_page(request, tab_of, training_server):
    """A page of the server with training enabled."""
    with opened(request, tab_of, training_server) as tab:
        yield tab.page


@contextlib.contextmanager
def opened(request, tab_of, server):
    screen = getattr(request, "param", DESKTOP)
    tab = tab_of(server, screen)
    try:
        tab.open()
        yield tab
        assert tab.page.evaluate("document.documentElement.scrollWidth") <= screen.width
        assert tab.page.evaluate("window.hacked") is None
        assert (tab.complaints, tab.elsewhere) == ([], [])
    finally:
        tab.leave()


def pressed(page: Page, name: str) -> None:
    """Press a button."""
    page.get_by_role("button", name=word(page, name)).click()


def field(page: Page, name: str) -> Locator:
    """Find a field or a choice by its label."""
    return page.get_by_label(word(page, name), exact=True)


def to_tab(page: Page, name: str) -> None:
    """Open a tab."""
    page.get_by_role("tab", name=word(page, name), exact=True).click()


def tag(page: Page, text: str) -> None:
    page.fill("#text textarea", text)
    page.press("#text textarea", "Enter")


def position(page: Page, text: str) -> None:
    expect(page.locator(".tw-position")).to_have_text(text)


@on_both
def test_texts_in_both_languages_get_tags_with_evidence(page):
    tag(page, WATCH)
    washer = page.locator('.tw-accepted[data-tag="washing machine"]')
    name = "洗衣机" if word(page, "Tag") != "Tag" else "washing machine"
    expect(washer.locator(".tw-name b")).to_have_text(name, use_inner_text=True)
    expect(page.locator(".tw-text mark").first).to_have_text("全自动")
    expect(page.locator(".tw-facts b").filter(has_text="中文")).to_be_visible()
    expect(washer.locator(".tw-share").first).to_be_hidden()
    washer.locator("summary").first.click()
    expect(washer.locator(".tw-span mark").first).to_have_text("洗衣机")
    expect(washer.locator(".tw-neighbour").first).to_be_visible()
    expect(washer.locator(".tw-total output")).to_be_hidden()
    washer.locator(".tw-details summary").click()
    expect(washer.locator(".tw-total output")).to_be_visible()
    expect(washer.locator(".tw-reason")).to_contain_text("洗衣机” in the title")
    washer.locator(".tw-name").hover()
    expect(page.locator(".tw-text mark.tw-lit").first).to_be_visible()
    expect(page.locator("#answer p.tw-hidden[role=status]")).to_contain_text("tags suggested")
    expect(page.locator(".tw-near .tw-card").first).to_contain_text("洗衣机")
    expect(page.locator(".tw-near .tw-card").first).to_contain_text("≈")

    page.fill("#text textarea", BOTTLE)
    page.click("#suggest")
    bottle = page.locator('.tw-accepted[data-tag="water bottle"]')
    expect(bottle.locator(".tw-name b")).to_have_text("保温杯 water bottle")
    expect(washer).to_have_count(0)


def test_a_link_holds_what_was_asked_for(page):
    tag(page, f"{BOTTLE}\n100% <b>&?#")
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    page.wait_for_url(re.compile(r"\?text=Stainless\+steel.*&limit=10$"))
    page.goto(page.url)
    expect(page.locator("#text textarea")).to_have_value(f"{BOTTLE}\n100% <b>&?#")
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    page.goto(f"{page.url.partition('?')[0]}?text={quote(EVIL)}&limit=3")
    expect(page.locator("#text textarea")).to_have_value(EVIL)
    expect(page.locator("#limit input[type=number]")).to_have_value("3")
    expect(page.locator(".tw-text")).to_contain_text("${window.hacked=1}")
    tag(page, "x" * 1501)
    page.wait_for_url(re.compile("/$"))


def moved(page: Page, slider: str, value: str) -> None:
    """Set a slider by typing a number beside it."""
    page.fill(f"#{slider} input[type=number]", value)
    page.press(f"#{slider} input[type=number]", "Tab")


@on_phone
def test_the_link_holds_the_options_too(page):
    tag(page, BOTTLE)
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    pressed(page, "Options")
    field(page, "lexical").uncheck()
    moved(page, "limit", "4")
    moved(page, "threshold", "0.97")
    moved(page, "diversity", "0.5")
    page.click("#suggest")
    page.wait_for_url(re.compile(r"limit=4&threshold=0\.97&diversity=0\.5&taggers=[^&]+$"))
    expect(page.locator("#answer [data-tag]")).to_have_count(4)
    shown = page.locator("#answer").inner_text().rpartition("\n")[0]
    page.goto(page.url)
    expect(page.locator(".tw-facts").filter(has_text="0.97")).to_be_visible()
    expect(page.locator("#answer [data-tag]")).to_have_count(4)
    pressed(page, "Options")
    expect(field(page, "lexical")).not_to_be_checked()
    expect(field(page, "knn")).to_be_checked()
    expect(page.locator("#diversity input[type=number]")).to_have_value("0.5")
    assert page.locator("#answer").inner_text().rpartition("\n")[0] == shown
    page.goto(f"{page.url.partition('?')[0]}?text=mug&limit=999&threshold=x&diversity=-1&taggers={quote(EVIL)}")
    expect(page.locator("#answer [data-tag]").first).to_be_visible()
    expect(page.locator("#limit input[type=number]")).to_have_value("10")
    pressed(page, "Options")
    expect(field(page, "lexical")).to_be_checked()


@on_phone
def test_the_source_of_a_products_page_is_pasted(page):
    page.fill(
        "#text textarea",
        "<!DOCTYPE html>\n<html><head><title>Shop</title><script>\nvar hacked = '<h1>';</script></head>\n"
        f"<body><nav>冰箱</nav><main><h1>{BOTTLE}</h1>\n<p onclick='window.hacked=1'>a &lt;b&gt; c "
        "<img src=x onerror=window.hacked=1></p><script>window.hacked = 1</script></main></body></html>",
    )
    page.click("#suggest")
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    expect(page.locator(".tw-text")).to_have_text(re.compile(rf"^\s*{re.escape(BOTTLE)}\s+a c\s*$"))
    page.fill("#text textarea", "<html><body><script>only()</script>")
    page.click("#suggest")
    expect(page.get_by_role("alert")).to_contain_text("the text is empty")


def test_taggers_are_switched_off_and_the_threshold_is_moved(page):
    tag(page, BOTTLE)
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    own_score = page.locator('[data-tag="water bottle"] .tw-share', has_text="text match").locator("small")
    expect(own_score).not_to_be_empty()
    pressed(page, "Options")
    field(page, "lexical").uncheck()
    moved(page, "threshold", "0.99")
    page.click("#suggest")
    expect(page.locator(".tw-facts").filter(has_text="0.99")).to_be_visible()
    expect(own_score).to_be_empty()


@on_both
def test_the_page_opens_with_an_example_in_the_readers_language_and_the_reasons_of_one_tag(page):
    lang, other = ("zh", "en") if word(page, "Tag") != "Tag" else ("en", "zh")
    expect(page.locator("#answer details[open] .tw-evidence").first).to_be_visible()
    first = page.locator("#text textarea").input_value()
    assert bool(re.search("[\u4e00-\u9fff]", first)) == (lang == "zh")
    assert "text=" not in page.url
    expect(page.locator(f"#examples-{other}")).to_be_hidden()
    page.locator(f"#examples-{lang} button").nth(1).click()
    expect(page.locator("#text textarea")).not_to_have_value(first)
    page.wait_for_url(re.compile("text="))
    page.locator("[data-copy=json]").click()
    expect(page.locator("[data-copy=json]")).to_have_class(re.compile("tw-copied"))
    tag(page, "https://shop.example/mug")
    expect(page.locator("#answer")).to_contain_text(
        "系统不会访问网页" if lang == "zh" else "Pages are not fetched.", use_inner_text=True
    )
    page.locator("[data-tab=batch]").click()
    expect(page.locator("#batch-upload")).to_be_visible()


def search(page: Page, text: str) -> None:
    page.fill("#query textarea, #query input", text)
    page.press("#query textarea, #query input", "Enter")


@on_phone
def test_the_catalogue_is_searched_filtered_and_paged(page):
    to_tab(page, "Catalogue")
    position(page, "1–24 / 共 of 109")
    expect(page.locator("#previous")).to_be_disabled()
    page.click("#next")
    position(page, "25–48 / 共 of 109")
    page.click("#previous")
    position(page, "1–24 / 共 of 109")
    page.locator("#facets").get_by_role("button", name=WASHER).click()
    position(page, "1–24 / 共 of 36")
    page.click("#next")
    position(page, "25–36 / 共 of 36")
    page.locator("#facets").get_by_role("button", name=word(page, "Chinese")).click()
    position(page, "1–18 / 共 of 18")
    search(page, "静音")
    expect(page.locator("#position")).not_to_contain_text("18 / ")
    expect(page.locator("#products .tw-card").first).to_contain_text("静音")
    pressed(page, "Clear all")
    expect(page.locator(".tw-taken")).to_have_count(0)
    search(page, "没有这样的东西")
    expect(page.locator("#products")).to_contain_text("No products found.")


def test_a_tag_is_found_by_its_name_and_chosen_by_keyboard(page):
    to_tab(page, "Catalogue")
    page.locator("#find-tag input, #find-tag textarea").press_sequentially("refriger")
    found = page.locator("#found-tags").get_by_role("button", name=FRIDGE)
    expect(found).to_have_attribute("aria-pressed", "false")
    found.focus()
    page.keyboard.press("Enter")
    expect(found).to_have_attribute("aria-pressed", "true")
    position(page, "1–24 / 共 of 37")
    page.locator("#chosen").get_by_role("button", name=FRIDGE).click()
    position(page, "1–24 / 共 of 109")


@on_both
def test_a_product_opens_over_the_list_with_similar_ones_and_closes_with_escape(page):
    to_tab(page, "Catalogue")
    search(page, "洗衣机")
    expect(page.locator(".tw-open-product").first).to_contain_text("洗衣机")
    first = page.locator(".tw-open-product").first
    title = first.inner_text()
    first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h3")).to_have_text(title)
    expect(dialog).to_be_focused()
    similar = dialog.locator(".tw-open-product").first
    other = similar.inner_text()
    similar.click()
    expect(dialog.locator("h3")).to_have_text(other)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    expect(page.locator(".tw-card .tw-open-product").first).to_be_focused()
    page.locator(".tw-open-product").first.click()
    dialog.get_by_role("button", name=WASHER).click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".tw-taken").first).to_have_text("洗衣机 washing machine ×")


@on_both
def test_all_that_the_keyboard_reaches_shows_that_it_is_there(page):
    reached = []
    for _ in range(40):
        page.keyboard.press("Tab")
        name = page.evaluate("document.activeElement.tagName")
        if name == "BODY":
            break
        # The outline of a focused button fades in within a fifth of a second.
        page.wait_for_function("getComputedStyle(document.activeElement).outline.endsWith('solid 2px')")
        reached.append(name)
    assert {"BUTTON", "TEXTAREA", "INPUT"} <= {*reached}
    assert len(reached) > 10


def test_tags_that_may_be_one_are_listed_on_demand_and_a_merge_is_previewed(page):
    to_tab(page, "Catalogue")
    pressed(page, "Clean up tags")
    expect(page.locator("#tidy-shown")).to_contain_text("Possible duplicates")
    page.locator('#tidy-shown [data-plan="merge"]').first.click()
    expect(page.get_by_role("dialog").locator(".tw-apply")).to_be_visible()


def test_charts_are_shown_on_demand(page):
    to_tab(page, "Catalogue")
    pressed(page, "Charts")
    expect(page.locator(".tw-charts")).to_contain_text("Coverage by language")
    expect(page.locator(".tw-charts li").first).to_contain_text("家用电器 home appliances")


def test_the_list_is_a_table_and_is_searched_by_meaning(page):
    to_tab(page, "Catalogue")
    field(page, "table").click()
    expect(page.locator(".tw-row")).to_have_count(24)
    field(page, "Semantic").click()
    search(page, "keeps drinks cold")
    expect(page.locator(".tw-row .tw-figure").first).to_contain_text("≈")
    position(page, "1–24 / 共 of 109")


@on_phone
def test_hostile_text_stays_text(page):
    tag(page, f"a < b & c {EVIL.replace('<', '&amp;lt;')} {EVIL}\n{EVIL} {'A' * 5000}")
    expect(page.locator(".tw-text")).to_contain_text("${window.hacked=1} {{window.hacked=1}}")
    to_tab(page, "Catalogue")
    search(page, "hacked")
    position(page, "1–1 / 共 of 1")
    expect(page.locator("#products .tw-card h4")).to_contain_text("<script>window.hacked=1</script><img src=x")
    expect(page.locator("#products .tw-chips")).to_contain_text("</span><img src=x onerror=window.hacked=1>")
    page.locator("#facets .tw-pick", has_text="</span><img src=x onerror=window.hacked=1>").click()
    expect(page.locator(".tw-taken").first).to_contain_text("</span><img src=x onerror=window.hacked=1>")
    page.locator(".tw-open-product").click()
    expect(page.get_by_role("dialog").locator("h3")).to_contain_text("<script>window.hacked=1</script><img src=x")


# `fill` inserts text line by line, which takes minutes for a hundred thousand lines.
PUT = """text => {
    const box = document.querySelector("#text textarea");
    box.value = text;
    box.dispatchEvent(new Event("input", {bubbles: true}));
}"""


@on_phone
def test_no_text_and_a_megabyte_of_text_get_one_line_each(page):
    tag(page, "   ")
    expect(page.locator("#answer")).to_contain_text("Type a product’s title, or pick an example.")
    page.evaluate(PUT, "<b>mug</b> \n" * 100_000)
    page.click("#suggest")
    expect(page.get_by_role("alert")).to_contain_text("text: more than 200,000 characters")


@on_phone
def test_marks_that_turn_or_hide_text_and_emoji_do_nothing(page):
    tag(page, "&lt;i>\u202e😀\x07\u200b&#60;b>mug " * 100)
    expect(page.locator(".tw-text")).to_contain_text("😀 mug 😀 mug")
    assert not {*"\u202e\x07\u200b"} & {*page.locator(".tw-text").inner_text()}


def uploaded(page: Page, path: Path) -> None:
    to_tab(page, "Batch")
    # Gradio takes another file only after the one before is removed.
    former = page.locator("#batch-upload").get_by_role("button", name=re.compile("^(Clear|清除|清空)"))
    if former.count():
        former.click()
    page.set_input_files("#batch-upload input[type=file]", path)


@on_phone
def test_a_file_is_mapped_tagged_and_its_result_downloaded(page, tmp_path):
    rows = "".join(
        f"{title},red,{number}\n" for number, title in enumerate(["洗衣机", "water bottle", "", EVIL, "=1+1"])
    )
    (tmp_path / "in.csv").write_text("name,keywords,price\n" + rows, "utf-8")
    uploaded(page, tmp_path / "in.csv")
    preview = page.locator("#batch-preview")
    expect(preview.locator("tbody tr")).to_have_count(5)
    expect(field(page, "title")).to_have_value("name")
    expect(preview.locator("tbody tr").nth(0)).to_contain_text("red")
    expect(preview.locator("tbody tr").nth(2)).to_contain_text("title and description are both empty")
    page.click("#batch-start")
    expect(page.locator(".tw-progress")).to_have_attribute("data-state", "done")
    result = page.locator("#batch-progress")
    expect(result.locator("tbody tr")).to_have_count(4)
    expect(page.locator('[data-row="0"][data-tag=red]')).to_have_attribute("aria-pressed", "true")
    expect(result.locator(".tw-rejects li")).to_have_text(re.compile("^4 标题和描述都为空 title and"))
    for name in ("CSV", "JSONL", "PARQUET"):
        with page.expect_download() as download:
            page.locator("#batch-files").get_by_role("link", name=name, exact=True).click()
        assert download.value.path().stat().st_size > 100
    page.reload()
    to_tab(page, "Batch")
    expect(page.locator(".tw-progress")).to_have_attribute("data-state", "done")
    page.locator('[data-row="0"][data-tag=red]').click()
    expect(page.locator('[data-row="0"][data-tag=red]')).to_have_attribute("aria-pressed", "false")
    expect(page.locator("#batch-files")).to_contain_text("1 products changed")
    page.click("#batch-file")
    with page.expect_download() as download:
        page.locator(".tw-written").click()
    assert "red" not in download.value.path().read_text("utf-8").splitlines()[1]
    # What was shown of the file before goes when another one cannot be used.
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    uploaded(page, tmp_path / "picture.csv")
    expect(page.get_by_role("alert")).to_be_visible()
    expect(result.locator("tbody tr")).to_have_count(0)
    expect(preview).to_have_text("")
    expect(page.locator("#batch-start")).to_be_hidden()
    expect(page.locator("#batch-files")).to_be_hidden()


@on_both
def test_a_file_over_the_limit_is_told_in_the_readers_language_and_nothing_is_kept(page, tmp_path):
    with (tmp_path / "big.csv").open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    uploaded(page, tmp_path / "big.csv")
    message = page.get_by_test_id("toast-text")
    line = (
        r"^文件太大，超过 64" if word(page, "Batch") == "批量" else r"^File\(s\) exceed the maximum allowed size of 64"
    )
    expect(message).to_have_text(re.compile(f"{line}.*big.csv"))
    expect(page.locator("#batch-preview")).to_have_text("")
    expect(page.locator("#batch-start")).to_have_count(0)


WRONG = {"zh-CN": "文件内容与文件名不符", "en-GB": "not text, but perhaps a picture"}


@on_both
def test_a_wrong_file_gets_one_line_in_the_language_of_the_reader(page, tmp_path):
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    uploaded(page, tmp_path / "picture.csv")
    for each, line in WRONG.items():
        if each == page.evaluate("navigator.language"):
            expect(page.get_by_role("alert")).to_contain_text(line, use_inner_text=True)
        else:
            expect(page.get_by_role("alert")).not_to_contain_text(line, use_inner_text=True)
    expect(page.locator("#batch-start")).to_have_count(0)


@on_both
def test_a_reader_sees_one_language_on_every_tab(page):
    tag(page, BOTTLE)
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    page.locator(".tw-accepted summary").first.click()
    shown = [page.locator("body").inner_text()]
    there = {"Catalogue": ".tw-position", "Review": ".tw-judge", "Batch": "#batch-upload", "Quality": "#board tbody tr"}
    for name, last in there.items():
        to_tab(page, name)
        expect(page.locator(last).first).to_be_visible()
        shown.append(page.locator("body").inner_text())
    seen = "\n".join(shown)
    assert len(seen) > 5000
    # Short page texts also occur in products.
    if word(page, "Catalogue") == "Catalogue":
        assert [each for each in catalogue("zh").values() if len(each) > 4 and each in seen] == []
    else:
        assert [each for each in catalogue("en").values() if len(each.split()) > 2 and each in seen] == []


def texts(page: Page, selector: str) -> list[str]:
    return page.locator(selector).all_inner_texts()


@pytest.mark.slow
@on_phone_own
def test_tags_are_accepted_rejected_added_and_undone_with_the_keyboard_and_are_there_after_a_reload(own_tab):
    page = own_tab.page
    to_tab(page, "Review")
    # Until the queue is complete, the first product shown is the best of those weighed so far.
    expect(page.locator("#queue")).to_contain_text("sorted")
    own_tab.reload()
    to_tab(page, "Review")
    rows, history = page.locator(".tw-judge"), page.locator(".tw-history li")
    expect(rows.nth(2)).to_be_visible()
    title, former = page.locator(".tw-review h2").inner_text(), texts(page, ".tw-judge .tw-name b")
    page.fill("#reviewer input, #reviewer textarea", EVIL_NAME)
    page.press("#reviewer input, #reviewer textarea", "Tab")
    before = history.count() if page.locator(".tw-history").count() else 0
    rows.nth(0).locator("button").first.focus()
    for key in ("j", "k", "a", "r", "ArrowDown", "a"):
        page.keyboard.press(key)
    expect(history).to_have_count(before + 3)
    expect(rows.nth(0)).to_have_class(re.compile("tw-accepted"))
    expect(rows.nth(1)).to_have_class(re.compile("tw-refused"))
    expect(rows.nth(3)).to_have_class(re.compile("tw-accepted"))
    assert texts(page, ".tw-judge .tw-name b") == former, "rows stay where they are"
    expect(rows.nth(0).locator(".tw-by")).to_contain_text("Ann ${window.hacked=1}")
    page.fill("#add-tag input, #add-tag textarea", "<img src=x onerror=window.hacked=1>新")
    page.locator("#tags-to-add").get_by_role("button", name=f"hacked=1>新 {word(page, 'new tag')}").click()
    expect(history).to_have_count(before + 4)
    expect(rows.last.locator(".tw-name b")).to_have_text("新")
    expect(rows.last.locator("output")).to_have_text("100%")
    with page.expect_download() as download:
        page.get_by_role("link", name="CSV", exact=True).click()
    assert "Ann ${window.hacked=1}" in download.value.path().read_text("utf-8")

    expect(page.locator("#queue")).to_contain_text("sorted")
    expect(page.locator("#add-tag input, #add-tag textarea")).to_have_value("")
    # The page opens on the tab that it was left on; Review is to be opened after the decisions are undone.
    to_tab(page, "Catalogue")
    own_tab.reload()
    search(page, title[:40])
    page.locator(".tw-open-product", has_text=title).first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog.locator(".tw-history li")).to_have_count(before + 4)
    expect(dialog.locator(".tw-facets")).to_contain_text("新")
    dialog.get_by_role("button", name=word(page, "Suggest and review")).click()
    expect(dialog.locator(".tw-judge").first).to_be_visible()
    for _ in range(4):
        left = dialog.locator(".tw-undo").count()
        dialog.locator(".tw-undo").first.click()
        expect(dialog.locator(".tw-undo")).to_have_count(left - 1)
    expect(dialog.locator(".tw-accepted")).to_have_count(0)
    expect(dialog.locator(".tw-history .tw-undone").first).to_contain_text("undone")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    # The list was rendered again after each decision.
    expect(page.locator(".tw-open-product", has_text=title).first).to_be_focused()

    to_tab(page, "Review")
    expect(page.locator("#reviewer input, #reviewer textarea")).to_have_value(EVIL_NAME)
    expect(page.locator(".tw-review h2")).to_have_text(title)
    assert texts(page, ".tw-judge .tw-name b") == former
    page.keyboard.press("n")
    expect(page.locator(".tw-review h2")).not_to_have_text(title)
    page.locator(".tw-judge button").first.focus()
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".tw-review h2")).to_have_text(title)
    page.locator(".tw-judge .tw-accept").first.click()
    expect(page.locator(".tw-judge").first).to_have_class(re.compile("tw-accepted"))
    page.keyboard.press("u")
    expect(page.locator(".tw-judge").first).to_have_class(re.compile("tw-open"))


def test_a_tag_is_added_to_all_products_of_the_list_and_taken_back(own_tab):
    page = own_tab.page
    to_tab(page, "Catalogue")
    page.locator("#facets").get_by_role("button", name=WASHER).click()
    position(page, "1–24 / 共 of 36")
    pressed(page, "Edit all listed products")
    page.fill("#bulk-tag input, #bulk-tag textarea", "清仓 ${window.hacked=1}")
    page.click("#bulk-preview")
    expect(page.locator(".tw-bulk")).to_contain_text("36 / 36")
    page.locator(".tw-apply").click()
    expect(page.locator("#bulk-shown")).to_contain_text("products changed")
    expect(page.locator("#products .tw-card").first).to_contain_text("清仓 ${window.hacked=1}")
    page.reload()
    to_tab(page, "Catalogue")
    pressed(page, "Edit all listed products")
    page.locator("#bulk-shown").get_by_role("button", name="Undo: 36").first.click()
    expect(page.locator("#bulk-shown .tw-undone").first).to_contain_text("undone")
    expect(page.locator("#facets")).not_to_contain_text("清仓")


def chosen(page: Page, field: str, value: str) -> None:
    """Choose an option of a dropdown, or type a custom value."""
    page.fill(f"#{field} input", value)
    page.press(f"#{field} input", "Enter")
    page.press(f"#{field} input", "Tab")


@on_phone
def test_the_store_shows_how_good_its_taggers_are_and_compares_two_of_them(page):
    to_tab(page, "Quality")
    board = page.locator("#board tbody tr")
    expect(board.first).to_contain_text("全部融合 all together")
    expect(page.locator("#board")).to_contain_text("109 labelled products")
    expect(page.locator("#diagnosis svg")).to_have_count(2)
    expect(page.get_by_role("img", name="Reliability diagram")).to_be_visible()
    page.locator("#diagnosis details summary").last.click()
    expect(page.locator("#diagnosis details[open] tbody tr").first).to_be_visible()
    by_tag = page.get_by_role("region", name="各标签 By tag").locator("tbody tr")
    expect(by_tag.filter(has_text="洗衣机 washing machine").locator("td").nth(1)).to_have_text("36")
    recall = by_tag.filter(has_text="洗衣机 washing machine").locator("td").nth(5)
    expect(recall).to_have_text(re.compile("^0.9|1.00"))
    chosen(page, "quality-rule", "1.0")
    expect(recall).to_have_text("0.00")
    chosen(page, "quality-rule", "<b>many")
    expect(page.get_by_role("alert")).to_contain_text("a threshold must be a number from 0 to 1, not '<b>many'")
    page.locator("#a-system input").click()
    page.get_by_role("option", name=word(page, "prior"), exact=True).click()
    page.click("#compare")
    verdict = page.locator("#comparison tbody tr").filter(has_text="micro-F1")
    expect(verdict).to_contain_text("B 更高 B is higher")
    page.locator("#a-system input").click()
    page.get_by_role("option", name=word(page, "fused"), exact=True).click()
    page.click("#compare")
    expect(verdict).to_contain_text("否 no")
    expect(verdict).to_contain_text("+0.0000 … +0.0000")


def test_a_labelled_file_is_evaluated_and_its_taggers_compared(page, tmp_path):
    lines = gzip.decompress(PRODUCTS.read_bytes()).decode().splitlines()
    known = [json.loads(line) for line in lines if '"洗衣机"' in line or '"washing machine"' in line]
    rows = [{"name": f"{each['title']} {at}", "labels": each["tags"]} for at, each in enumerate(known)]
    rows += [{"name": EVIL, "labels": ["${window.hacked=1} a < b"]}, {"name": "no tags"}, {"labels": ["a"]}]
    (tmp_path / "labelled.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    to_tab(page, "Quality")
    expect(page.locator("#board tbody tr").first).to_be_visible()
    field(page, "your file").check()
    expect(page.get_by_role("alert")).to_contain_text("none of your files has been evaluated")
    page.set_input_files("#labelled-upload input[type=file]", tmp_path / "labelled.jsonl")
    preview, done = page.locator("#labelled-preview"), page.locator("#labelled-progress")
    # The first five rows, and the refused ones from further down.
    expect(preview.locator("tbody tr")).to_have_count(7)
    page.click("#labelled-start")
    expect(done.locator(".tw-progress")).to_have_attribute("data-state", "done")
    expect(done).to_contain_text(f"评测的商品 evaluated {len(known) + 1}")
    expect(done).to_contain_text("没有标签 without tags 1")
    expect(done.locator("tbody tr").first).to_be_visible()
    field(page, "the store’s held-out products").check()
    expect(page.locator("#board")).to_contain_text("109 labelled products")
    field(page, "your file").check()
    expect(page.locator("#board")).to_contain_text(f"{len(known) + 1} labelled products")
    expect(page.locator("#diagnosis")).to_contain_text("${window.hacked=1} a < b")
    page.locator("#a-system input").click()
    page.get_by_role("option", name="融合，不含 fused without 文本匹配 text match").click()
    page.click("#compare")
    expect(page.locator("#comparison tbody tr")).to_have_count(5)
    page.reload()
    to_tab(page, "Quality")
    expect(done.locator(".tw-progress")).to_have_attribute("data-state", "done")


def test_training_is_offered_only_where_the_server_was_started_for_it(page):
    expect(page.get_by_role("tab", name="Quality", exact=True)).to_be_visible()
    expect(page.get_by_role("tab", name="Train")).to_have_count(0)
    there = {each["props"].get("elem_id") for each in page.evaluate("window.gradio_config.components")}
    assert "suggest" in there
    assert not {"fit", "tune", "train-stop"} & there


@pytest.mark.slow
def test_a_fit_is_started_found_again_after_a_reload_stopped_and_gone_on_with(training_page):
    page = training_page
    to_tab(page, "Train")
    run = page.locator("#training .tw-progress")
    # When the page has loaded, it fills in the last settings over anything typed before.
    expect(field(page, "lexical")).to_be_checked()
    page.fill("#fit-rounds input", "0")
    page.click("#fit")
    expect(page.get_by_role("alert")).to_contain_text("rounds must be between 1 and 2000, not 0")
    field(page, "lexical").uncheck()
    # Enough rounds that the fit cannot end before it is stopped.
    page.fill("#fit-rounds input", "2000")
    page.click("#fit")
    expect(run).to_have_attribute("data-state", "running")
    page.click("#fit")
    expect(page.get_by_role("alert")).to_contain_text("a training is already running; wait for it, or stop it")
    tag(page_to(page, "Tag"), BOTTLE)
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()
    to_tab(page, "Train")
    page.click("#train-stop")
    expect(run).to_have_attribute("data-state", "stopped")
    page.fill("#fit-rounds input", "30")
    page.click("#fit")
    expect(run).to_have_attribute("data-state", "running")
    page.reload()
    to_tab(page, "Train")
    expect(field(page, "lexical")).not_to_be_checked()
    expect(page.locator("#fit-rounds input")).to_have_value("30")
    expect(run).to_have_attribute("data-state", "done", timeout=FITTED_MS)
    expect(run).to_contain_text("商品 Products 109")
    expect(run.locator("li").filter(has_text="out of fold")).to_contain_text("2 / 2")
    to_tab(page, "Quality")
    expect(page.locator("#board tbody tr").first).to_contain_text("all together")
    expect(page.locator("#board")).not_to_contain_text("text match")
    tag(page_to(page, "Tag"), BOTTLE)
    expect(page.locator('.tw-accepted[data-tag="water bottle"]')).to_be_visible()


def page_to(page: Page, name: str) -> Page:
    to_tab(page, name)
    return page


def typed(page: Page, text: str, button: str) -> None:
    """Type a name on a tag's page and press a button."""
    dialog = page.get_by_role("dialog")
    if not dialog.locator(".tw-form input").is_visible():
        dialog.locator(".tw-edit summary").click()
    dialog.locator(".tw-form input").fill(text)
    dialog.get_by_role("button", name=word(page, button), exact=True).click()


@pytest.mark.slow
@on_phone_own
def test_a_tags_page_is_opened_renamed_merged_deleted_and_all_of_it_undone(own_tab):
    page = own_tab.page
    to_tab(page, "Review")
    page.fill("#reviewer input, #reviewer textarea", EVIL_NAME)
    page.press("#reviewer input, #reviewer textarea", "Tab")
    to_tab(page, "Catalogue")
    about = page.locator('#facets [data-page="washing machine"]')
    about.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_focused()
    expect(dialog.locator("h3")).to_have_text("洗衣机 washing machine")
    expect(dialog.locator(".tw-facts")).to_contain_text("36")
    expect(dialog.locator(".tw-having li").first).to_be_visible()
    expect(dialog.get_by_role("img", name="走势 Trend")).to_be_visible()

    typed(page, "<img src=x onerror=window.hacked=1>washer ${window.hacked=1}", "Rename")
    expect(dialog.locator(".tw-bulk")).to_contain_text("36 件商品有此标签")
    expect(dialog.locator(".tw-apply")).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog.locator("h3")).to_have_text("洗衣机 washer ${window.hacked=1}")
    expect(dialog.locator(".tw-history li").first).to_contain_text("Ann ${window.hacked=1}")
    expect(page.locator("#facets")).to_contain_text("洗衣机 washer ${window.hacked=1}")
    typed(page, "refrigerator", "Merge into")
    dialog.locator(".tw-apply").click()
    expect(dialog.locator("h3")).to_have_text("冰箱 refrigerator")
    expect(dialog.locator(".tw-facts")).to_contain_text("73")
    expect(dialog.locator(".tw-undo")).to_have_count(2)
    typed(page, "", "Delete this tag")
    dialog.locator(".tw-apply").click()
    expect(dialog.get_by_text(word(page, "Deleted."))).to_be_visible()
    expect(page.locator('#facets [data-page="refrigerator"]')).to_have_count(0)
    for left in (2, 1):
        dialog.locator(".tw-undo").first.click()
        expect(dialog.locator(".tw-undo")).to_have_count(left)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.locator('#facets [data-page*="washer"]').click()
    expect(dialog.locator(".tw-facts")).to_contain_text("36")
    dialog.locator(".tw-undo").click()
    expect(dialog.locator("h3")).to_have_text("洗衣机 washing machine")
    page.keyboard.press("Escape")
    expect(about).to_be_visible()


@on_phone
def test_the_catalogue_is_drawn_as_a_map_whose_points_open_products(page):
    to_tab(page, "Catalogue")
    pressed(page, "Map")
    drawing = page.get_by_role("img", name="商品目录地图 Map of the catalogue")
    expect(drawing.locator("circle")).to_have_count(109)
    expect(page.get_by_role("list", name="图例 Legend").get_by_role("listitem").first).to_be_visible()
    expect(drawing.locator("title", has_text="<script>window.hacked=1</script>")).to_have_count(1)
    field(page, "Colour by").click()
    page.get_by_role("option", name=word(page, "language")).click()
    expect(page.locator("#map-drawing li").first).to_have_text(re.compile("^英文 English +55$"))
    # Another point may cover this one.
    drawing.locator("circle").last.click(force=True)
    dialog = page.get_by_role("dialog")
    expect(dialog.locator("h3")).not_to_have_text("")
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)


CORPUS = Path(__file__).parents[2] / "index" / "files" / "dialects" / "corpus"
# A file of each of the twelve main dialects: what it is recognised as, and how many products its first rows have.
DIALECTS = {
    "shopify.csv": "Shopify",
    "woocommerce.csv": "WooCommerce",
    "magento.csv": "Magento",
    "google_merchant.xml": "Google Merchant",
    "akeneo.csv": "Akeneo",
    "prestashop.csv": "PrestaShop",
    "amazon.xlsx": "Amazon",
    "open_food_facts.tsv": "Open Food Facts",
    "taobao.csv": "Taobao, JD",
    "jd.csv": "Taobao, JD",
    "plain_lines.jsonl": "a plain table",
    "plain.parquet": "a plain table",
}


@pytest.mark.slow
@on_both
def test_files_of_twelve_dialects_are_recognised_and_one_is_tagged_and_written_back(page, tmp_path):
    preview, started = page.locator("#batch-preview"), page.locator("#batch-progress .tw-progress")
    for name, program in DIALECTS.items():
        uploaded(page, CORPUS / name)
        expect(preview.locator("h2")).to_have_text(name)
        fact = preview.locator(".tw-facts > span").filter(has_text=word(page, "recognised"))
        expect(fact.locator("b")).to_have_text(word(page, program), use_inner_text=True)
        expect(field(page, "title")).not_to_have_value(word(page, "— none"))
        expect(preview.locator("tbody tr").first).to_be_visible()
    uploaded(page, CORPUS / "shopify.csv")
    expect(preview.locator("h2")).to_have_text("shopify.csv")
    page.click("#batch-start")
    expect(started).to_have_attribute("data-state", "done")
    page.click("#batch-file")
    with page.expect_download() as download:
        page.locator(".tw-written").click()
    before, after = (path.read_text("utf-8") for path in (CORPUS / "shopify.csv", download.value.path()))
    assert before.splitlines()[0] == after.splitlines()[0]
    assert len(before.splitlines()) == len(after.splitlines())


def test_the_address_leads_to_a_tab_and_to_what_is_open(page):
    to_tab(page, "Catalogue")
    page.wait_for_url(re.compile(r"\?tab=catalogue$"))
    page.locator("#products .tw-open-product").first.click()
    dialog = page.get_by_role("dialog")
    title = dialog.locator("h3").inner_text()
    page.wait_for_url(re.compile("product="))
    page.go_back()
    expect(dialog).to_have_count(0)
    page.go_forward()
    expect(dialog.locator("h3")).to_have_text(title, use_inner_text=True)
    page.goto(page.url)
    expect(dialog.locator("h3")).to_have_text(title, use_inner_text=True)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    to_tab(page, "Quality")
    tag_button = page.locator("#diagnosis [data-page='washing machine']").first
    tag_button.click()
    expect(dialog.locator("h3")).to_have_text("washing machine", use_inner_text=True)
    assert "about=washing" in page.url

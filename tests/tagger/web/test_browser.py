"""What a visitor sees, in a real browser."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

CHROMIUM = Path("/usr/bin/chromium")
pytestmark = pytest.mark.skipif(not CHROMIUM.exists(), reason="no /usr/bin/chromium on this machine")

WATCH = "全自动洗衣机 静音，节能\n大容量，适合家庭使用。"
BOTTLE = "Stainless steel insulated water bottle 750ml, keeps drinks cold for 24 hours"
EVIL = (
    "<img src=x onerror=window.hacked=1><svg onload=window.hacked=1> ${window.hacked=1} {{window.hacked=1}} \u202e冰箱"
)


@pytest.fixture(scope="session")
def chromium():
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


# Gradio's client says so of each upload: it has no way to follow one that it has sent in another manner.
EXPECTED = ("Method not implemented.",)
DESKTOP = (1280, 900, "light")
PHONE = (390, 844, "dark")
on_both = pytest.mark.parametrize("page", [DESKTOP, PHONE], ids=["desktop", "phone"], indirect=True)


@pytest.fixture
def page(request, chromium, server):
    """A page that was opened, and that has complained of nothing and asked nobody else when the test ends."""
    width, height, scheme = getattr(request, "param", DESKTOP)
    context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    complaints, elsewhere = [], []
    page.on(
        "console",
        lambda message: (
            complaints.append(message.text)
            if message.type in ("error", "warning") and message.text not in EXPECTED
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("dialog", lambda dialog: complaints.append(dialog.message) or dialog.dismiss())
    page.on("request", lambda sent: None if sent.url.startswith((server.url, "data:")) else elsewhere.append(sent.url))
    page.set_default_timeout(30_000)
    page.goto(server.url)
    expect(page.locator("#header h1")).to_have_text("Tagweave")
    yield page
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("window.hacked") is None
    assert (complaints, elsewhere) == ([], [])
    context.close()


def tag(page: Page, text: str) -> None:
    page.fill("#text textarea", text)
    page.press("#text textarea", "Enter")


def position(page: Page, text: str) -> None:
    expect(page.locator(".tw-position")).to_have_text(text)


@on_both
def test_texts_in_both_languages_get_tags_with_evidence(page):
    tag(page, WATCH)
    washer = page.locator('.tw-accepted[data-tag="washing machine"]')
    expect(washer.locator(".tw-name")).to_have_text("洗衣机 washing machine")
    expect(page.locator(".tw-text mark").first).to_have_text("全自动")
    expect(page.locator(".tw-facts b").filter(has_text="中文")).to_be_visible()
    expect(washer.locator(".tw-share").first).to_be_hidden()
    washer.locator("summary").click()
    expect(washer.locator(".tw-span mark").first).to_have_text("洗衣机")
    expect(washer.locator(".tw-neighbour").first).to_be_visible()
    expect(washer.locator(".tw-total output")).to_be_visible()

    page.fill("#text textarea", BOTTLE)
    page.click("#suggest")
    bottle = page.locator('.tw-accepted[data-tag="water bottle"]')
    expect(bottle.locator(".tw-name")).to_have_text("water bottle 保温杯")
    expect(washer).to_have_count(0)


def test_an_example_fills_the_box_and_gets_its_tags(page):
    page.get_by_text("节能冰箱", exact=True).click()
    expect(page.locator("#text textarea")).to_have_value("节能型冰箱")
    expect(page.locator('[data-tag="refrigerator"]')).to_be_visible()


def search(page: Page, text: str) -> None:
    page.fill("#query textarea, #query input", text)
    page.press("#query textarea, #query input", "Enter")


@on_both
def test_the_catalogue_is_searched_filtered_and_paged(page):
    page.get_by_role("tab", name="Catalogue").click()
    position(page, "1–24 / 共 of 109")
    expect(page.locator("#previous")).to_be_disabled()
    page.click("#next")
    position(page, "25–48 / 共 of 109")
    page.click("#previous")
    position(page, "1–24 / 共 of 109")
    page.locator("#facets").get_by_role("button", name="洗衣机 washing machine").click()
    position(page, "1–24 / 共 of 36")
    page.click("#next")
    position(page, "25–36 / 共 of 36")
    page.locator("#facets").get_by_role("button", name="中文 Chinese").click()
    position(page, "1–18 / 共 of 18")
    search(page, "静音")
    expect(page.locator(".tw-position b").first).to_have_text(re.compile("^1–"))
    expect(page.locator(".tw-card").first).to_contain_text("静音")
    page.get_by_role("button", name="Clear all").click()
    expect(page.locator(".tw-taken")).to_have_count(0)
    search(page, "没有这样的东西")
    expect(page.locator("#products")).to_contain_text("No products found.")


@on_both
def test_a_tag_is_found_by_its_name_and_chosen_by_keyboard(page):
    page.get_by_role("tab", name="Catalogue").click()
    page.locator("#find-tag input, #find-tag textarea").press_sequentially("refriger")
    found = page.locator("#found-tags").get_by_role("button", name="冰箱 refrigerator")
    expect(found).to_have_attribute("aria-pressed", "false")
    found.focus()
    page.keyboard.press("Enter")
    expect(found).to_have_attribute("aria-pressed", "true")
    position(page, "1–24 / 共 of 37")
    page.locator("#chosen").get_by_role("button", name="冰箱 refrigerator").click()
    position(page, "1–24 / 共 of 109")


@on_both
def test_a_product_opens_over_the_list_with_similar_ones_and_closes_with_escape(page):
    page.get_by_role("tab", name="Catalogue").click()
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
    expect(page.locator(".tw-card").first).to_be_visible()
    page.locator(".tw-open-product").first.click()
    dialog.get_by_role("button", name="洗衣机 washing machine").click()
    expect(dialog).to_have_count(0)
    expect(page.locator(".tw-taken").first).to_have_text("洗衣机 washing machine ×")


def test_charts_are_shown_on_demand(page):
    page.get_by_role("tab", name="Catalogue").click()
    page.get_by_role("button", name="图表 Charts").click()
    expect(page.locator(".tw-charts")).to_contain_text("Coverage by language")
    expect(page.locator(".tw-charts li").first).to_contain_text("家用电器 home appliances")


def test_the_list_is_a_table_and_is_searched_by_meaning(page):
    page.get_by_role("tab", name="Catalogue").click()
    page.get_by_label("表格 table").click()
    expect(page.locator(".tw-row")).to_have_count(24)
    page.get_by_label("语义 meaning").click()
    search(page, "keeps drinks cold")
    expect(page.locator(".tw-row .tw-figure").first).to_contain_text("≈")
    position(page, "1–24 / 共 of 109")


def test_hostile_text_stays_text(page):
    tag(page, f"a < b & c {EVIL.replace('<', '&amp;lt;')} {EVIL}\n{EVIL} {'A' * 5000}")
    expect(page.locator(".tw-text")).to_contain_text("${window.hacked=1} {{window.hacked=1}}")
    page.get_by_role("tab", name="Catalogue").click()
    search(page, "hacked")
    position(page, "1–1 / 共 of 1")
    expect(page.locator(".tw-card h4")).to_contain_text("<script>window.hacked=1</script><img src=x")
    expect(page.locator(".tw-chips")).to_contain_text("</span><img src=x onerror=window.hacked=1>")
    page.locator("#facets").get_by_role("button", name="</span><img src=x onerror=window.hacked=1>").click()
    expect(page.locator(".tw-taken").first).to_contain_text("</span><img src=x onerror=window.hacked=1>")
    page.locator(".tw-open-product").click()
    expect(page.get_by_role("dialog").locator("h3")).to_contain_text("<script>window.hacked=1</script><img src=x")


def test_no_text_and_too_much_text_get_one_line_each(page):
    tag(page, "   ")
    expect(page.locator("#answer")).to_contain_text("Type a product’s title, or pick an example.")
    tag(page, "a" * 200_001)
    expect(page.get_by_role("alert")).to_contain_text("title: more than 200,000 characters")


def uploaded(page: Page, path: Path) -> None:
    page.get_by_role("tab", name="Batch").click()
    page.set_input_files("#upload input[type=file]", path)


@on_both
def test_a_file_is_mapped_tagged_and_its_result_downloaded(page, tmp_path):
    rows = "".join(
        f"{title},red,{number}\n" for number, title in enumerate(["洗衣机", "water bottle", "", EVIL, "=1+1"])
    )
    (tmp_path / "in.csv").write_text("name,keywords,price\n" + rows, "utf-8")
    uploaded(page, tmp_path / "in.csv")
    preview = page.locator("#batch-preview")
    expect(preview.locator("tbody tr")).to_have_count(5)
    expect(page.get_by_label("标题 title")).to_have_value("name")
    expect(preview.locator("tbody tr").nth(0)).to_contain_text("red")
    expect(preview.locator("tbody tr").nth(2)).to_contain_text("neither title nor description has any text")
    page.click("#batch-start")
    expect(page.locator(".tw-progress")).to_have_attribute("data-state", "done")
    result = page.locator("#batch-progress")
    expect(result.locator("tbody tr")).to_have_count(4)
    expect(result.locator("tbody tr").first).to_contain_text("red | ")
    expect(result.locator(".tw-rejects li")).to_have_text(re.compile("^4 neither title"))
    for name in ("CSV", "JSONL", "PARQUET"):
        with page.expect_download() as download:
            result.get_by_role("link", name=name, exact=True).click()
        assert download.value.path().stat().st_size > 100
    page.reload()
    page.get_by_role("tab", name="Batch").click()
    expect(page.locator(".tw-progress")).to_have_attribute("data-state", "done")


@pytest.mark.parametrize(
    ("locale", "line"), [("zh-CN", "文件内容与文件名不符"), ("en-GB", "no text, but perhaps a picture")]
)
def test_a_wrong_file_gets_one_line_in_the_language_of_the_reader(chromium, server, tmp_path, locale, line):
    (tmp_path / "picture.csv").write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
    page = chromium.new_context(locale=locale).new_page()
    page.goto(server.url)
    uploaded(page, tmp_path / "picture.csv")
    expect(page.get_by_role("alert")).to_contain_text(line)
    expect(page.locator("#batch-start")).to_have_count(0)
    page.context.close()

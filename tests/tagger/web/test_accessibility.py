"""Run axe-core on each tab: in Chinese, dark, on a phone; and in English, light, on a desktop."""

from pathlib import Path

import axe_playwright_python
import pytest
from playwright.sync_api import expect

from tests.tagger.web.conftest import word

AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js")
SETTLED = "!document.querySelector('.pending') && document.getAnimations().every(each => each.playState !== 'running')"
SERIOUS = ("serious", "critical")
TEXTS = {"zh-CN": "全自动洗衣机 静音，节能\n大容量", "en-GB": "Stainless steel insulated water bottle 750ml"}
READERS = {
    "zh, dark, phone": ("zh-CN", "dark", 390),
    "en, light": ("en-GB", "light", 1280),
}


@pytest.fixture(params=READERS.values(), ids=READERS.keys())
def reader(request):
    return request.param


@pytest.fixture
def page(reader, chromium, training_server):
    locale, scheme, width = reader
    context = chromium.new_context(
        locale=locale, color_scheme=scheme, reduced_motion="reduce", viewport={"width": width, "height": 900}
    )
    page = context.new_page()
    page.set_default_timeout(30_000)
    page.goto(training_server.url)
    expect(page.locator("#header h1")).to_have_text("Tagweave")
    page.add_script_tag(path=AXE)
    yield page
    context.close()


def violations(page, where):
    # Elements that wait for an answer have a low contrast until then.
    page.wait_for_function(SETTLED)
    found = page.evaluate("async () => (await axe.run(document, {resultTypes: ['violations']})).violations")
    return [
        f"{where}: {each['impact']} {each['id']} at {node['target']}: {node['failureSummary']}"
        for each in found
        if each["impact"] in SERIOUS
        for node in each["nodes"]
    ]


def tagged(page, locale, folder):
    page.fill("#text textarea", TEXTS[locale])
    page.click("#suggest")
    # The page opens with the answer to an example.
    expect(page.locator("#answer .tw-text")).to_have_text(TEXTS[locale])
    page.locator(".tw-accepted summary").first.click()
    page.locator(".tw-accepted .tw-details summary").first.click()
    expect(page.locator(".tw-share").first).to_be_visible()


def browsed(page, locale, folder):
    page.fill("#find-tag input, #find-tag textarea", "re")
    page.locator("#facets button").first.click()
    expect(page.locator(".tw-taken").first).to_be_visible()
    page.get_by_role("button", name=word(page, "Charts")).click()
    expect(page.locator(".tw-charts")).to_be_visible()
    expect(page.locator(".tw-found button").first).to_be_visible()
    page.get_by_role("button", name=word(page, "Map")).click()
    expect(page.locator(".tw-map circle").first).to_be_visible()
    page.get_by_role("button", name=word(page, "Clean up tags")).click()
    expect(page.locator(".tw-tidy li").first).to_be_visible()
    page.get_by_role("button", name=word(page, "Edit all listed products")).click()
    page.fill("#bulk-tag input, #bulk-tag textarea", "new")
    page.click("#bulk-preview")
    expect(page.locator(".tw-apply")).to_be_visible()


def reviewed(page, locale, folder):
    expect(page.locator(".tw-judge").first).to_be_visible()
    page.fill("#add-tag input, #add-tag textarea", "re")
    expect(page.locator("#tags-to-add button").first).to_be_visible()


def uploaded(page, locale, folder):
    (folder / "in.csv").write_text("name,keywords,price\n洗衣机,red,1\nwater bottle,blue,2\n,red,3\n", "utf-8")
    page.set_input_files("#batch-upload input[type=file]", folder / "in.csv")
    page.click("#batch-start")
    expect(page.locator(".tw-progress")).to_have_attribute("data-state", "done")


def compared(page, locale, folder):
    expect(page.locator("#diagnosis svg").first).to_be_visible()
    page.locator("#diagnosis summary").first.click()
    (folder / "labelled.csv").write_text("name,tags\n洗衣机 9,red\nwater bottle 9,blue\n", "utf-8")
    page.set_input_files("#labelled-upload input[type=file]", folder / "labelled.csv")
    page.click("#labelled-start")
    expect(page.locator("#labelled-progress .tw-progress")).to_have_attribute("data-state", "done")
    page.click("#compare")
    expect(page.locator("#comparison table")).to_be_visible()


def trained(page, locale, folder):
    page.fill("#fit-rounds input", "5")
    page.click("#fit")
    # The training runs in a separate process, which starts slowly beside the server and the browser.
    expect(page.locator("#training .tw-progress")).to_have_attribute("data-state", "done", timeout=120_000)
    expect(page.locator("#training li").first).to_be_visible()


# Tabs without an entry are checked as they open.
STEPS = {
    "Tag": tagged,
    "Catalogue": browsed,
    "Review": reviewed,
    "Batch": uploaded,
    "Quality": compared,
    "Train": trained,
}


@pytest.mark.slow
def test_nothing_on_any_tab_keeps_a_reader_out(page, reader, tmp_path):
    locale, _, width = reader
    assert page.evaluate("document.documentElement.lang") in (locale, locale[:2])
    names = page.get_by_role("tab").all_inner_texts()
    steps = {word(page, name): step for name, step in STEPS.items()}
    assert {*names} >= steps.keys()
    found = []
    for name in names:
        page.get_by_role("tab", name=name, exact=True).click()
        if name in steps:
            steps[name](page, locale, tmp_path)
        found += violations(page, name)
    page.get_by_role("tab", name=word(page, "Catalogue"), exact=True).click()
    page.locator(".tw-open-product").first.click()
    expect(page.get_by_role("dialog")).to_be_focused()
    found += violations(page, "product")
    page.get_by_role("button", name=word(page, "Suggest and review")).click()
    expect(page.get_by_role("dialog").locator(".tw-judge").first).to_be_visible()
    found += violations(page, "judged product")
    page.keyboard.press("Escape")
    page.locator("#facets .tw-about").first.click()
    page.locator(".tw-edit summary").click()
    page.fill(".tw-form input", "a new name")
    page.get_by_role("dialog").get_by_role("button", name=word(page, "Rename")).click()
    expect(page.get_by_role("dialog").locator(".tw-apply")).to_be_visible()
    page.locator(".tw-edit summary").click()
    found += violations(page, "tag")
    assert found == []
    assert page.evaluate("document.documentElement.scrollWidth") <= width

"""The site, as its readers see it: built as `make docs` builds it, and opened in a browser."""

import functools
import http.server
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

pytest.importorskip("mkdocs", reason="the libraries of the documentation are not installed: make .venv/.docs")

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = Path("/usr/bin/chromium")
# What a reader who does not know the project looks for: the row of the start page, the page, and what is found there.
LOOKED_FOR = [
    ("en", "tag a CSV", "Tutorial", "tagweave tag"),
    ("en", "correct a tag", "Correct tags", "tagweave decide"),
    ("en", "call it from Python", "Python", "Tagger.create"),
    ("en", "call it over HTTP", "REST", "POST /api/suggest"),
    ("en", "write a tagger", "Plugins", "def suggest"),
    ("en", "ECE of 0.002", "What the figures mean", "0.2 percentage points"),
    ("en", "move it to another machine", "Back up", "manifest.json"),
    ("zh", "给一个 CSV 打标签", "教程", "tagweave tag"),
    ("zh", "纠正一个标签", "纠正标签", "tagweave decide"),
    ("zh", "从 Python 调用", "Python 接口", "Tagger.create"),
    ("zh", "通过 HTTP 调用", "REST 接口", "POST /api/suggest"),
    ("zh", "编写自己的标签器", "插件", "def suggest"),
    ("zh", "ECE 0.002", "指标含义", "0.2 个百分点"),
    ("zh", "迁移到另一台机器", "备份", "manifest.json"),
]


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the site."""
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=folder)) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    """A page of the browser; it fails a test if anything but the site is asked for."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM} on this machine")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        page = browser.new_page()
        elsewhere: list[str] = []
        page.on("request", lambda request: None if request.url.startswith(address) else elsewhere.append(request.url))
        yield page
        browser.close()
        assert elsewhere == []


@pytest.fixture
def start(page: Page, address: str) -> Callable[[str], None]:
    """Open the start page of a language."""
    return lambda language: page.goto(f"{address}/{'' if language == 'en' else f'{language}/'}index.html") and None


@pytest.mark.slow
@pytest.mark.parametrize(("language", "wanted", "title", "found"), LOOKED_FOR)
def test_what_a_reader_looks_for_is_one_click_from_the_start_page(
    page: Page, start: Callable[[str], None], language: str, wanted: str, title: str, found: str
) -> None:
    start(language)
    page.locator("article tr", has_text=wanted).get_by_role("link").first.click()
    expect(page.locator("article h1")).to_contain_text(title)
    expect(page.locator("article")).to_contain_text(found)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("language", "words", "title"),
    [
        ("en", "calibration error", "What the figures mean"),
        ("en", "move a store", "Back up"),
        ("zh", "概率校准", "指标含义"),
        ("zh", "迁移", "备份"),
        ("zh", "阈值", "工作原理"),
    ],
)
def test_the_search_finds_pages_in_both_languages(
    page: Page, start: Callable[[str], None], language: str, words: str, title: str
) -> None:
    start(language)
    page.locator("input.md-search__input").fill(words)
    page.locator("input.md-search__input").press("Shift")
    expect(page.locator(".md-search-result__item").first).to_be_attached(timeout=20_000)
    # Between Chinese words the index has zero-width spaces.
    listed = page.locator(".md-search-result__list").inner_text().replace("\u200b", "")
    assert title in listed


@pytest.mark.slow
def test_every_page_leads_to_itself_in_the_other_language(page: Page, start: Callable[[str], None]) -> None:
    start("en")
    page.locator("article tr", has_text="ECE of 0.002").get_by_role("link").click()
    href = page.locator('.md-select__link[hreflang="zh"]').get_attribute("href")
    assert href == "../zh/explanation/figures.html"

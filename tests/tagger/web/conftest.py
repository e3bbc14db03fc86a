"""A small store and a real server for all tests of the web layer."""

import contextlib
import gzip
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import Literal

import pytest
from gradio_client import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, Request, expect, sync_playwright

from index.messages import translate
from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.demo.paths import PRODUCTS, VOCABULARY
from tagger.fit import fit
from tagger.ingest import ingest
from tagger.settings import PluginSection, Settings, read
from tagger.vocabulary import read_tsv
from tagger.web.service.service import Service
from tests.tagger.conftest import QUICK_TOML, THIRD_PARTY

ROOT = Path(__file__).parents[3]
KINDS = ("洗衣机", "washing machine", "冰箱", "refrigerator", "保温杯", "water bottle")
STARTED_S = 90
CHROMIUM = Path("/usr/bin/chromium")

# The same settings as the fixture `settings`, for the command line.
TRAINED_WITH = f"""{QUICK_TOML}[taggers.generator]
enabled = false
"""

HOSTILE = Product(
    "<u>id</u>",
    "<script>window.hacked=1</script><img src=x onerror=window.hacked=1> ${window.hacked=1} {{window.hacked=1}}",
    "\"'><svg onload=window.hacked=1> \u202eright to left\u202c \x07 " + "A" * 4000,
    "en",
    ("</span><img src=x onerror=window.hacked=1>", "refrigerator"),
)


# Answers send the requests that follow from them at once: a page without an open request for so long is settled.
QUIET_MS = 200
# Gradio's page keeps this request open for as long as it is shown.
KEPT_OPEN = "/heartbeat/"
# Gradio's client logs the first for each upload, because it cannot report the progress of one sent in this way.
# Gradio looks up each choice of a dropdown among its own texts, where a column called `code` names a group of them.
EXPECTED = ("Method not implemented.", '[svelte-i18n] Message with id "code"')


@dataclass(frozen=True)
class Server:
    """A running server: its address and its process."""

    url: str
    process: "subprocess.Popen[str]"


@dataclass(frozen=True)
class Screen:
    """A reader's screen and language."""

    width: int
    height: int
    scheme: Literal["dark", "light"]
    locale: str


@dataclass(frozen=True)
class Tab:
    """A browser tab with the errors it logged, the addresses it requested from other servers and its open requests."""

    page: Page
    url: str
    complaints: list[str] = field(default_factory=list)
    elsewhere: list[str] = field(default_factory=list)
    asked: set[Request] = field(default_factory=set)

    def listen(self) -> None:
        """Start recording errors and requests."""
        # Functions, because Playwright writes to the object of a bound method.
        self.page.on("console", lambda message: self._read(message))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("dialog", lambda dialog: self.complaints.append(dialog.message) or dialog.dismiss())
        self.page.on("request", lambda sent: self._follow(sent))
        self.page.on("requestfinished", lambda sent: self.asked.discard(sent))
        self.page.on("requestfailed", lambda sent: self.asked.discard(sent))

    def _read(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning") and not message.text.startswith(EXPECTED):
            self.complaints.append(message.text)

    def _follow(self, sent: Request) -> None:
        if not sent.url.startswith((self.url, "data:")):
            self.elsewhere.append(sent.url)
        if KEPT_OPEN not in sent.url:
            self.asked.add(sent)

    def reload(self) -> None:
        """Reload after all answers have come: leaving a page with open requests logs an error."""
        end = time.monotonic() + STARTED_S
        quiet_since = time.monotonic()
        while time.monotonic() - quiet_since < QUIET_MS / 1000:
            assert time.monotonic() < end, f"no answer to {[each.url for each in self.asked]}"
            # Playwright delivers events only during its own calls.
            self.page.wait_for_timeout(20)
            if self.asked:
                quiet_since = time.monotonic()
        self.page.reload()

    def open(self) -> None:
        """Show the server's page."""
        self.page.goto(self.url)
        expect(self.page.locator("#header h1")).to_have_text("Tagweave")

    def leave(self) -> None:
        """Clear all that the next test could see; only the browser's HTTP cache stays."""
        # This page of the same server has no scripts, so nothing can be stored again while the storage is cleared.
        self.page.goto(f"{self.url}/theme.css")
        self.page.evaluate("localStorage.clear(), sessionStorage.clear()")
        self.page.context.clear_cookies()
        for each in (self.complaints, self.elsewhere, self.asked):
            each.clear()


@pytest.fixture(scope="session")
def english() -> Callable[[object], str]:
    """Return the HTML as shown to a reader of English."""
    return partial(_read, shown=r"\2")


@pytest.fixture(scope="session")
def chinese() -> Callable[[object], str]:
    """Return the HTML as shown to a reader of Chinese."""
    return partial(_read, shown=r"\1")


def _read(html: object, *, shown: str) -> str:
    both = '<span class="tw-zh" lang="zh-CN">([^<]*)</span> <span class="tw-en" lang="en">([^<]*)</span>'
    return re.sub(both, shown, str(html))


def word(page: Page, english: str) -> str:
    """Return a text of the page, given by its id, in the browser's language."""
    return translate(english, "zh" if page.evaluate("navigator.language").startswith("zh") else "en")


@pytest.fixture(autouse=True)
def _third_party(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(THIRD_PARTY)


@pytest.fixture(scope="session")
def serving(store: Store) -> Callable[[Path], AbstractContextManager[Server]]:
    """Start another server over the store, with its log in the given file."""
    return partial(_served, store.folder)


@pytest.fixture(scope="session")
def training_server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a copy of the store, with training enabled."""
    folder = Path(shutil.copytree(store.folder, tmp_path_factory.mktemp("training") / "store"))
    (folder / "settings.toml").write_text(TRAINED_WITH, "utf-8")
    with _served(folder, tmp_path_factory.mktemp("log") / "stderr", "--train") as server:
        yield server


@pytest.fixture(scope="session")
def connected() -> Callable[[str], Client]:
    """Connect a client to a page's named endpoints. Clients must not be shared between threads."""
    # A server that is still importing libraries is slow to describe its endpoints.
    settings = {"trust_env": False, "timeout": 60}
    return partial(Client, verbose=False, analytics_enabled=False, httpx_kwargs=settings)


@pytest.fixture(scope="session")
def client(server: Server, connected: Callable[[str], Client]) -> Iterator[Client]:
    """A client of the page's named endpoints."""
    with contextlib.closing(connected(server.url)) as client:
        yield client


# Module scope: Playwright's event loop occupies this thread, so other modules could not run their own.
@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless browser."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM} on this machine")
    # The first page is requested while the server is still opening its models.
    expect.set_options(timeout=30_000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def tab_of(chromium: Browser) -> Callable[[Server, Screen], Tab]:
    """Return the tab for a server and a screen; tests share it, because loading Gradio's page in a new one is slow."""

    @cache
    def tab(server: Server, screen: Screen) -> Tab:
        context = chromium.new_context(
            viewport={"width": screen.width, "height": screen.height}, color_scheme=screen.scheme, locale=screen.locale
        )
        page = context.new_page()
        page.set_default_timeout(30_000)
        tab = Tab(page, server.url)
        tab.listen()
        return tab

    return tab


@pytest.fixture(scope="session")
def settings() -> Settings:
    """Settings that need no model: the letter-pair encoder, an exact index, few trees."""
    overrides = {"fusion": {"folds": 2, "ranker": {"rounds": 40}}, "taggers": {"generator": {"enabled": False}}}
    return replace(
        read(overrides=overrides), encoder=PluginSection(plugin="acme-pairs"), index=PluginSection(plugin="flat")
    )


@pytest.fixture(scope="session")
def store(
    once: Callable[[str, Callable[[Path], object]], Path], settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Store:
    """A fitted store with three kinds of products in both languages, and a hostile product. Read-only."""
    made = once("web", partial(_fit_store, settings=settings))
    # Each worker has a copy, because the server writes visitors' files into the store's folder.
    return Store.open(Path(shutil.copytree(made / "store", tmp_path_factory.mktemp("web") / "store")))


def _fit_store(folder: Path, settings: Settings) -> None:
    lines = gzip.decompress(PRODUCTS.read_bytes()).decode().splitlines()
    chosen = [line for line in lines if any(f'"{kind}"' in line for kind in KINDS)]
    (folder / "products.jsonl").write_text("\n".join(chosen), "utf-8")
    with pytest.MonkeyPatch.context() as patch, Store.writer(folder / "store", create=True) as store:
        patch.syspath_prepend(THIRD_PARTY)
        ingest(store, [folder / "products.jsonl"], silent, vocabulary=read_tsv(VOCABULARY))
        store.catalogue.upsert([HOSTILE])
        fit(store, settings, silent)


@pytest.fixture(scope="session")
def service(store: Store) -> Service:
    """The service of the store, whose models are opened once. Read-only."""
    return Service(store)


@pytest.fixture(scope="session")
def server(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """`tagweave serve` over the store, on a free port."""
    with _served(store.folder, tmp_path_factory.mktemp("log") / "stderr") as server:
        yield server


@pytest.fixture(scope="session")
def own_store(store: Store, tmp_path_factory: pytest.TempPathFactory) -> Store:
    """A writable copy of the store, for tests that leave its tags unchanged."""
    return Store.open(Path(shutil.copytree(store.folder, tmp_path_factory.mktemp("own") / "store")))


@pytest.fixture(scope="session")
def own_server(own_store: Store, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over the writable copy."""
    with _served(own_store.folder, tmp_path_factory.mktemp("log") / "stderr") as server:
        yield server


@contextlib.contextmanager
def _served(folder: Path, log: Path, *flags: str) -> Iterator[Server]:
    command = [sys.executable, "-m", "tagger.cli", "serve", str(folder), "--port", "0", *flags]
    paths = os.pathsep.join([str(ROOT), str(THIRD_PARTY)])
    with log.open("w") as file:
        environment = {**os.environ, "PYTHONPATH": paths, "PYTHONUNBUFFERED": "1"}
        process = subprocess.Popen(command, cwd=log.parent, env=environment, stderr=file, text=True)
    try:
        yield Server(_address(process, log), process)
    finally:
        process.terminate()
        process.wait(20)


def _address(process: "subprocess.Popen[str]", log: Path) -> str:
    end = time.monotonic() + STARTED_S
    while time.monotonic() < end and process.poll() is None:
        found = re.search(r"Tagweave is at (http://\S+)", log.read_text())
        if found:
            return found[1]
        time.sleep(0.1)
    raise AssertionError(f"the server did not start:\n{log.read_text()}")

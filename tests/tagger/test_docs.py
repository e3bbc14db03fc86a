"""Every code block of the documents runs, or is checked by what would read it."""

import re
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from index.progress import silent
from index.store import Store
from tagger.demo.paths import PRODUCTS, VOCABULARY
from tagger.ingest import ingest
from tagger.vocabulary import read_tsv, read_vocabulary
from tests.tagger.conftest import QUICK_TOML, THIRD_PARTY
from tests.tagger.documents.blocks import (
    CHINESE,
    DOCS,
    ENGLISH,
    PAGES,
    README,
    ROOT,
    Block,
    blocks_of,
    without_comments,
)
from tests.tagger.documents.config_blocks import CHECKS
from tests.tagger.documents.runner import SLOW, Reader, commands, is_output, matches, skipped

Once = Callable[[str, Callable[[Path], object]], Path]

TUTORIAL = DOCS / "en/tutorial.md"
GPU = DOCS / "en/how-to/gpu.md"
# Tests of their own run the blocks of these pages, and compare what they print.
RUN_ELSEWHERE = {
    DOCS / "en/how-to/plugins.md": "plugins/test_documented_plugins.py",
    DOCS / "en/reference/python.md": "api/test_documentation.py",
    DOCS / "en/reference/rest.md": "web/api/test_api_docs.py",
}
# Not run for what they are: outputs are compared with what is printed, files are written for the blocks below them.
SHOWN = ("text", "json")
RUN = ("bash", "console", "python")
# Settings of the quick tests: no weights are read, and a fit takes seconds.
QUICK = f"""{QUICK_TOML}[fusion.ranker]
rounds = 20

[taggers.pairs]
enabled = false

[taggers.phrases]
enabled = false
"""
WITH_BLOCKS = [page for page in PAGES if blocks_of(page)]
FOLLOWED = [page for page in WITH_BLOCKS if page not in RUN_ELSEWHERE and page != TUTORIAL]


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def english_of(page: Path) -> Path:
    return DOCS / "en" / page.relative_to(DOCS / "zh")


def blocks(path: Path, language: str) -> list[str]:
    return [block.code for block in blocks_of(path) if block.language == language]


def takes_long(page: Path) -> bool:
    return any(block.language in RUN and SLOW.search(block.code.replace("$ ", "")) for block in blocks_of(page))


@pytest.fixture(autouse=True)
def _surroundings(weights_cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal, no proxy, the plugins of the quick settings, and a cache folder that is not the user's."""
    cache = tmp_path / "cache"
    cache.mkdir()
    (cache / "tagweave").symlink_to(weights_cache)
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.syspath_prepend(THIRD_PARTY)


@pytest.fixture
def quick_demo(once: Once, monkeypatch: pytest.MonkeyPatch) -> None:
    """The demo's products without its models, which take long to make."""

    def fill(folder: Path) -> None:
        with Store.writer(folder / "demo", create=True) as store:
            ingest(store, [PRODUCTS], silent, vocabulary=read_tsv(VOCABULARY))

    folder = once("demo-products", fill) / "demo"
    monkeypatch.setattr("tagger.demo.store.ready", lambda *_, **__: folder)


@pytest.fixture
def tutorial(once: Once, quick_demo: None) -> Path:
    """The folder of a reader who has followed the tutorial; read-only."""

    def follow(folder: Path) -> None:
        (folder / "shop").mkdir()
        (folder / "shop" / "settings.toml").write_text(QUICK, "utf-8")
        Reader(folder, learns=True).read(blocks_of(TUTORIAL))

    return once("tutorial", follow)


def test_the_tutorial_leads_to_a_store_and_to_corrected_tags(tutorial):
    assert {path.name for path in tutorial.iterdir()} >= {"all.csv", "products.csv", "tagged.csv", "tags.tsv", "shop"}
    assert [each.kind for each in Store.open(tutorial / "shop").decisions.all()] == ["reject"]


@pytest.mark.parametrize("page", [page for page in FOLLOWED if not takes_long(page)], ids=name)
def test_what_a_page_tells_its_reader_to_do_works(page, tutorial, tmp_path):
    Reader(starting_point(page, tutorial, tmp_path), learns=page == README).read(blocks_to_follow(page))


@pytest.mark.slow
@pytest.mark.parametrize("page", [page for page in FOLLOWED if takes_long(page)], ids=name)
def test_what_a_page_tells_its_reader_to_do_works_with_a_server_too(page, tutorial, tmp_path):
    Reader(starting_point(page, tutorial, tmp_path), patient=True, learns=True).read(blocks_to_follow(page))


@pytest.mark.slow
def test_the_tutorial_prints_what_it_shows_with_the_models_that_ship(tmp_path):
    (tmp_path / "reader").mkdir()
    Reader(tmp_path / "reader", patient=True, same_models=True, learns=True).read(blocks_of(TUTORIAL))


def starting_point(page: Path, tutorial: Path, tmp_path: Path) -> Path:
    """Return the folder in which a page is followed: the one that the tutorial left, without decisions."""
    folder = shutil.copytree(tutorial, tmp_path / "reader")
    if page == README:
        shutil.rmtree(folder / "shop")
        start_readme(folder)
    if page == GPU:
        # Training an encoder on all products takes minutes on a CPU.
        lines = (folder / "products.csv").read_text("utf-8").splitlines(keepends=True)
        (folder / "products.csv").write_text("".join(lines[:33]), "utf-8")
    return folder


def start_readme(folder: Path) -> None:
    """Give a reader of the README some products; its settings are those of a store that does not exist yet."""
    (folder / "shop").mkdir()
    (folder / "shop" / "settings.toml").write_text(QUICK, "utf-8")
    (folder / "products.csv").write_text(_fridges(), "utf-8")


def blocks_to_follow(page: Path) -> list[Block]:
    # The README shows the same twice, on the command line and in Python; the latter has a test of its own.
    return [block for block in blocks_of(page) if page != README or block.language != "python"]


def _fridges() -> str:
    rows = [f"Fridge {litres} litres,fridge|kitchen\n{litres}升冰箱,冰箱|厨房\n" for litres in range(200, 240)]
    return "title,tags\n" + "".join(rows)


def test_rows_of_an_output_change_places_only_if_their_probabilities_almost_agree():
    found = (("a", 0.991), ("b", 0.988), ("c", 0.6))
    rows = [f" ✓  {tag}  {probability}  ███  “{tag}”\n" for tag, probability in found]
    shown = Block(TUTORIAL, 1, "text", "".join(rows))
    assert matches(shown, "".join((rows[1], rows[0], rows[2])))
    assert not matches(shown, "".join((rows[0], rows[2], rows[1])))
    assert not matches(shown, "".join(rows[:2]))


@pytest.mark.parametrize("page", PAGES, ids=name)
def test_every_block_of_a_page_is_run_compared_written_or_checked(page, tmp_path):
    for place, block in enumerate(found := blocks_of(page)):
        run_before = place and found[place - 1].language in RUN and not found[place - 1].file
        if block.language in CHECKS and not (run_before and is_output(block)):
            CHECKS[block.language](block, tmp_path)
        else:
            assert block.language in RUN or block.file or (is_output(block) and run_before), block


@pytest.mark.parametrize("page", CHINESE, ids=name)
def test_a_chinese_page_has_the_blocks_of_the_english_one(page):
    chinese, english = blocks_of(page), blocks_of(english_of(page))
    assert [(each.language, each.file) for each in chinese] == [(each.language, each.file) for each in english]
    for here, there in zip(chinese, english, strict=True):
        assert without_comments(here) == without_comments(there), here


def test_every_page_is_there_in_both_languages():
    assert [english_of(page) for page in CHINESE] == ENGLISH


def test_what_no_test_runs_is_little(tmp_path):
    lines = [
        line
        for page in PAGES
        for block in blocks_of(page)
        if block.language in ("bash", "console")
        for line in commands(block.code)
    ]
    assert len([line for line in lines if skipped(line)]) < len(lines) / 2


def test_the_readme_s_python_makes_a_store_of_a_file_and_prints_tags(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    start_readme(tmp_path)
    [block] = blocks(README, "python")
    assert len([line for line in block.splitlines() if line]) <= 5
    exec(compile(block, "README.md", "exec"), {})
    assert any(re.fullmatch(r"冰箱 0\.\d+ True", line) for line in capsys.readouterr().out.splitlines())


def test_the_table_of_the_documentation_is_a_vocabulary(tmp_path):
    [table] = re.findall(
        r"^    (tag\t.*\n(?:    .*\n)+)", (ROOT / "docs/en/explanation/vocabulary.md").read_text("utf-8"), re.MULTILINE
    )
    (tmp_path / "v.tsv").write_text(table.replace("\n    ", "\n"), "utf-8")
    assert read_vocabulary(tmp_path / "v.tsv").ancestors("kettle") == ["kitchen"]


def test_every_make_target_of_the_documentation_is_one_that_there_is():
    targets = set(re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {
        target
        for path in PAGES
        for target in re.findall(r"^(?:\$ )?make ([\w./-]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert "space-upload" in shown
    assert shown <= targets

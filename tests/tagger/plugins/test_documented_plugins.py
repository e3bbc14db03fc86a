"""The packages in docs/en/how-to/plugins.md can be built, installed and fitted exactly as documented."""

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.product import Product
from index.progress import silent
from index.store import Store
from tagger.fit import fit
from tagger.load import open_pipeline
from tagger.plugins import ENCODERS, INDEXES, TAGGERS
from tagger.settings import read

DOCUMENT = (Path(__file__).resolve().parents[3] / "docs/en/how-to/plugins.md").read_text("utf-8")
FILES = dict(re.findall(r"^`([\w./-]+)`:\n\n```\w+\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL))
[SETTINGS] = re.findall(r"^```toml\n(\[encoder\].*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)
[CHECKS] = re.findall(
    r"^```python\n(from pathlib import Path\nfrom tempfile.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL
)
OFF = {name: {"enabled": False} for name in ("lexical", "linear", "pairs", "names", "phrases", "generator")}
KINDS = {"mug": "Ceramic cup", "lamp": "Bright light", "fridge": "制冷 冰箱"}
SHOP = [Product(f"{kind} {n}", f"No {n} {title}", tags=(kind,)) for kind, title in KINDS.items() for n in range(4)]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Install the documented packages and add them to the path."""
    folder = tmp_path_factory.mktemp("installed")
    sources = tmp_path_factory.mktemp("sources")
    for name, content in FILES.items():
        (sources / name).parent.mkdir(exist_ok=True)
        (sources / name).write_text(content, "utf-8")
    packages = sorted(sources.iterdir())
    offline = ["--quiet", "--no-deps", "--no-build-isolation", "--no-index", "--disable-pip-version-check"]
    command = [sys.executable, "-m", "pip", "install", *offline, "--target", folder, *packages]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        yield folder


def test_the_document_has_a_package_of_each_kind() -> None:
    groups = {group for name in FILES if name.endswith(".toml") for group in _entry_points(FILES[name])}
    assert groups == {"tagweave.taggers", "tagweave.encoders", "tagweave.indexes"}
    assert len(FILES) == 6


def _entry_points(pyproject: str) -> dict[str, dict[str, str]]:
    points: dict[str, dict[str, str]] = tomllib.loads(pyproject)["project"]["entry-points"]
    return points


def test_the_packages_are_found_by_their_names(installed: Path) -> None:
    found = [
        (registry.entries()[name].dist.name, registry.entries()[name].dist.version)
        for registry, name in ((TAGGERS, "last_word"), (ENCODERS, "trigrams"), (INDEXES, "half"))
    ]
    assert found == [("acme-last-word", "1.0"), ("acme-trigrams", "1.0"), ("acme-half-index", "1.0")]
    assert TAGGERS.settings("last_word") == {"least_products": 1}


def test_a_store_is_fitted_with_all_three_and_answers_with_them(installed: Path, tmp_path: Path) -> None:
    (tmp_path / "settings.toml").write_text(SETTINGS, "utf-8")
    settings = read(tmp_path / "settings.toml", overrides={"taggers": OFF})
    with Store.writer(tmp_path / "store", create=True) as store:
        store.catalogue.upsert(SHOP)
        report = fit(store, settings, silent)
        assert report.taggers == ["prior", "knn", "last_word"]
        assert store.published("fitted")[1]["encoder"] == "acme/trigrams@512"
        said = open_pipeline(store).ask([Product("new", "A new 冰箱"), Product("other", "Something else")])
    assert said.without == {}
    assert said.rankings["last_word"] == [[("fridge", 1.0)], []]
    assert said.rankings["knn"][0][0].tag == "fridge"
    assert list(tmp_path.rglob("half.npz"))


def test_the_packages_pass_the_checks_as_the_document_runs_them(installed: Path) -> None:
    exec(compile(CHECKS, "plugins.md", "exec"), {})

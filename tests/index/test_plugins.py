from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import BadSetting, MissingDependency, PluginClash, UnknownPlugin
from index.plugins import PluginRegistry, settings_of
from index.vectors import faiss_index
from index.vectors import flat_index as vectors
from index.vectors.faiss_index import FaissIndex
from index.vectors.flat_index import FlatIndex

GROUP = "tagweave.indexes"
Install = Callable[..., None]


@pytest.fixture
def registry() -> PluginRegistry:
    """The registry of the indexes."""
    return PluginRegistry(
        GROUP, {"faiss": "index.vectors.faiss_index:create", "flat": "index.vectors.flat_index:create"}
    )


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution that declares entry points, and the modules given by name and source."""
    monkeypatch.syspath_prepend(tmp_path)

    def third_party(name: str, entry_points: str, group: str = GROUP, **modules: str) -> None:
        folder = tmp_path / f"{name}-1.0.dist-info"
        folder.mkdir()
        (folder / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (folder / "entry_points.txt").write_text(f"[{group}]\n{entry_points}\n")
        for module, source in modules.items():
            (tmp_path / f"{module}.py").write_text(source)

    return third_party


def test_the_built_in_ones_are_found_without_an_installation(registry: PluginRegistry) -> None:
    assert list(registry.entries()) == ["faiss", "flat"]
    assert registry.factory("flat") is vectors.create
    assert isinstance(registry.create("faiss", [3], {"gpu": False}), FaissIndex)
    assert isinstance(registry.create("flat", [3], {}), FlatIndex)


def test_a_third_party_comes_in_through_the_same_registry(registry: PluginRegistry, install: Install) -> None:
    source = "def create(dim, *, seed=7):\n    return (dim, seed)\n"
    install("third-party", "annoy = tw_annoy_plugin:create", tw_annoy_plugin=source)
    assert list(registry.entries()) == ["annoy", "faiss", "flat"]
    assert registry.create("annoy", [3], {}) == (3, 7)
    assert registry.create("annoy", [3], {"seed": 8}) == (3, 8)


def test_nothing_is_imported_before_it_is_used(registry: PluginRegistry, install: Install) -> None:
    install("broken", "broken = tw_broken_plugin:create", tw_broken_plugin="raise RuntimeError('imported')\n")
    assert "broken" in registry.entries()
    with pytest.raises(RuntimeError, match="imported"):
        registry.factory("broken")


def test_the_entry_points_of_another_group_stay_outside(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "annoy = tw_annoy_plugin:create", group="tagweave.encoders")
    assert list(registry.entries()) == ["faiss", "flat"]


def test_an_unknown_name_is_refused_with_the_known_ones(registry: PluginRegistry) -> None:
    with pytest.raises(UnknownPlugin, match="no index 'hnsw'; there are: faiss, flat"):
        registry.create("hnsw", [3], {})


def test_two_that_load_different_things_under_one_name_are_a_clash(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "flat = tw_flat_plugin:create")
    message = (
        f"two {GROUP} are called 'flat': index.vectors.flat_index:create and tw_flat_plugin:create; "
        "uninstall one of the packages that bring them"
    )
    with pytest.raises(PluginClash, match=message):
        registry.factory("faiss")


def test_a_built_in_that_the_installed_distribution_declares_too_is_one_thing(
    registry: PluginRegistry, install: Install
) -> None:
    install("tagweave", "flat = index.vectors.flat_index:create")
    assert registry.factory("flat") is vectors.create


@pytest.mark.parametrize(
    ("name", "key", "message"),
    [
        ("faiss", "metric", "the index 'faiss' has no setting 'metric'; there are: gpu"),
        ("faiss", "dim", "the index 'faiss' has no setting 'dim'; there are: gpu"),
        ("flat", "gpu", "the index 'flat' has no setting 'gpu'; there are: none"),
    ],
)
def test_an_unknown_setting_is_refused_with_the_known_ones(
    registry: PluginRegistry, name: str, key: str, message: str
) -> None:
    with pytest.raises(BadSetting, match=message):
        registry.create(name, [3], {key: 1})


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (
            "import tw_no_such_library",
            "needs tw_no_such_library, which is not installed; try: pip install tw_no_such_library",
        ),
        (
            "from json import no_such_name",
            r"cannot be loaded from tw_{n}_plugin:create \(cannot import name 'no_such_name'",
        ),
        (
            "raise ImportError('needs a GPU')",
            r"cannot be loaded from tw_{n}_plugin:create \(needs a GPU\); update the packages",
        ),
        (
            "other = 1",
            r"cannot be loaded from tw_{n}_plugin:create \(module 'tw_{n}_plugin' has no attribute 'create'\)",
        ),
    ],
)
def test_a_plugin_that_cannot_be_imported_says_what_to_do(
    registry: PluginRegistry, install: Install, source: str, message: str, request: pytest.FixtureRequest
) -> None:
    number = f"n{abs(hash(source))}"
    install("third-party", f"lazy = tw_{number}_plugin:create", **{f"tw_{number}_plugin": source + "\n"})
    with pytest.raises(MissingDependency, match="the index 'lazy' " + message.replace("{n}", number)):
        registry.create("lazy", [3], {})


def test_a_plugin_whose_module_is_gone_names_it(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "gone = tw_gone_plugin:create")
    with pytest.raises(MissingDependency, match="the index 'gone' needs tw_gone_plugin, which is not installed"):
        registry.factory("gone")


def test_settings_are_the_keyword_only_arguments_with_their_defaults() -> None:
    assert settings_of(faiss_index.create) == {"gpu": True}
    assert settings_of(vectors.create) == {}


@pytest.mark.parametrize(
    ("group", "noun"), [("tagweave.taggers", "tagger"), ("tagweave.encoders", "encoder"), ("tagweave.indexes", "index")]
)
def test_messages_call_a_plugin_by_its_kind(group: str, noun: str) -> None:
    assert PluginRegistry(group, {}).noun == noun

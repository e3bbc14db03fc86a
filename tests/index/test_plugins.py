from collections.abc import Callable
from pathlib import Path

import pytest

from index.errors import BadSetting, MissingDependency, PluginClash, PluginFailed, UnknownPlugin
from index.plugins import PluginRegistry, settings_of, unguarded
from index.vectors import faiss_index
from index.vectors import flat_index as vectors
from index.vectors.faiss_index import FaissIndex
from index.vectors.flat_index import FlatIndex

GROUP = "tagweave.indexes"
FACTORY = "failed in its factory"
Install = Callable[..., None]


@pytest.fixture
def registry() -> PluginRegistry:
    """The registry of indexes."""
    return PluginRegistry(
        GROUP, {"faiss": "index.vectors.faiss_index:create", "flat": "index.vectors.flat_index:create"}, unguarded
    )


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Install:
    """Install a distribution with entry points and modules, given by name and source."""
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
    with pytest.raises(PluginFailed, match=r"the index 'broken' \(broken 1.0\) failed in its import: .*: imported$"):
        registry.factory("broken")


def test_the_entry_points_of_another_group_stay_outside(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "annoy = tw_annoy_plugin:create", group="tagweave.encoders")
    assert list(registry.entries()) == ["faiss", "flat"]


def test_an_unknown_name_is_refused_with_the_known_ones(registry: PluginRegistry) -> None:
    with pytest.raises(UnknownPlugin, match="no index 'hnsw'; available: faiss, flat"):
        registry.create("hnsw", [3], {})


def test_two_that_load_different_things_under_one_name_are_a_clash(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "flat = tw_flat_plugin:create")
    message = (
        f"two {GROUP} have the name 'flat': index.vectors.flat_index:create and tw_flat_plugin:create; "
        "uninstall one of the packages that provide them"
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
        ("faiss", "metric", "the index 'faiss' has no setting 'metric'; available: gpu"),
        ("faiss", "dim", "the index 'faiss' has no setting 'dim'; available: gpu"),
        ("flat", "gpu", "the index 'flat' has no setting 'gpu'; available: none"),
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
    with pytest.raises(
        MissingDependency, match=r"the index 'lazy' \(third-party 1.0\) " + message.replace("{n}", number)
    ):
        registry.create("lazy", [3], {})


def test_a_plugin_whose_module_is_gone_names_it(registry: PluginRegistry, install: Install) -> None:
    install("third-party", "gone = tw_gone_plugin:create")
    with pytest.raises(MissingDependency, match=r"the index 'gone' \(third-party 1.0\) needs tw_gone_plugin, "):
        registry.factory("gone")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("create = 'text'", "cannot be created: tw_{n}_plugin:create is not a function but 'text'"),
        ("raise ValueError('two\\nlines')", "failed in its import: ValueError: two lines"),
        ("def create(dim):\n    raise KeyError", f"{FACTORY}: KeyError"),
        ("def create(dim):\n    raise KeyError('axis')", f"{FACTORY}: KeyError: 'axis'"),
        (
            "def create():\n    pass",
            "failed in its factory: TypeError: create() takes 0 positional arguments but 1 was given",
        ),
        ("class Panic(BaseException): pass\ndef create(dim): raise Panic('!')", f"{FACTORY}: Panic: !"),
        (
            "class create:\n    __signature__ = 1",
            "failed in its signature: TypeError: unexpected object 1 in __signature__ attribute",
        ),
    ],
)
def test_whatever_goes_wrong_in_a_plugin_is_one_line_that_names_it_and_its_package(
    registry: PluginRegistry, install: Install, source: str, line: str
) -> None:
    number = f"n{abs(hash(source))}"
    install("acme-ann", f"acme = tw_{number}_plugin:create", **{f"tw_{number}_plugin": source + "\n"})
    with pytest.raises(PluginFailed) as failed:
        registry.create("acme", [3], {})
    assert str(failed.value) == "the index 'acme' (acme-ann 1.0) " + line.replace("{n}", number)
    assert failed.value.plugin == "acme"


def test_an_interruption_is_no_failure_of_the_plugin(registry: PluginRegistry, install: Install) -> None:
    source = "def create(dim):\n    raise KeyboardInterrupt\n"
    install("acme-ann", "acme = tw_interrupted_plugin:create", tw_interrupted_plugin=source)
    with pytest.raises(KeyboardInterrupt):
        registry.create("acme", [3], {})


@pytest.mark.parametrize(
    ("raised", "line"),
    [
        ("links must be 2 at least, not 1", "the index 'acme' (acme-ann 1.0): links must be 2 at least, not 1"),
        ("'acme' needs two links", "'acme' needs two links"),
    ],
)
def test_an_error_meant_for_the_user_keeps_its_class_and_names_the_plugin(
    registry: PluginRegistry, install: Install, raised: str, line: str
) -> None:
    number = f"n{abs(hash(raised))}"
    source = f"from index.errors import BadSetting\ndef create(dim):\n    raise BadSetting({raised!r})\n"
    install("acme-ann", f"acme = tw_{number}_plugin:create", **{f"tw_{number}_plugin": source})
    with pytest.raises(BadSetting) as failed:
        registry.create("acme", [3], {})
    assert str(failed.value) == line


def test_a_plugin_is_checked_without_being_made(registry: PluginRegistry, install: Install) -> None:
    source = "def create(dim, *, path: str, links: int = 8):\n    raise OSError\n"
    install("acme-ann", "acme = tw_checked_plugin:create", tw_checked_plugin=source)
    assert registry.check("acme", {"path": "a", "links": "9"}) == {"path": "a", "links": 9}
    with pytest.raises(BadSetting, match="the index 'acme' needs the setting 'path'"):
        registry.check("acme", {})
    with pytest.raises(BadSetting, match="the setting 'links' of the index 'acme' is wrong: must be a whole number"):
        registry.check("acme", {"path": "a", "links": "many"})
    with pytest.raises(BadSetting, match="the index 'acme' has no setting 'link'; available: path, links"):
        registry.check("acme", {"path": "a", "link": 1})


def test_settings_are_the_keyword_only_arguments_with_their_defaults() -> None:
    assert settings_of(faiss_index.create) == {"gpu": True}
    assert settings_of(vectors.create) == {}


@pytest.mark.parametrize(
    ("group", "noun"), [("tagweave.taggers", "tagger"), ("tagweave.encoders", "encoder"), ("tagweave.indexes", "index")]
)
def test_messages_call_a_plugin_by_its_kind(group: str, noun: str) -> None:
    assert PluginRegistry(group, {}, unguarded).noun == noun

import tomllib
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import platformdirs
import pytest

from index.catalogue.database import CatalogueSettings
from index.encoders.weights import WeightsSettings
from index.errors import BadInput, BadSetting
from tagger.gbdt import TreeSettings
from tagger.plugins import PluginSettings
from tagger.settings import DEFAULT, as_dict, read, settings_from


@pytest.fixture
def toml(tmp_path: Path) -> Any:
    """Write a TOML file with the given name."""

    def write(name: str, text: str) -> Path:
        (tmp_path / name).write_text(text, "utf-8")
        return tmp_path / name

    return write


def test_the_defaults_need_no_file() -> None:
    settings = read()
    assert settings.fusion.fuser == "learned"
    assert settings.encoder.options == {"model": "tagweave/e5-small-products"}
    assert list(settings.taggers) == [
        "prior",
        "lexical",
        "knn",
        "linear",
        "pairs",
        "names",
        "phrases",
        "taxonomy",
        "tuned",
        "generator",
        "llm",
    ]


def test_a_file_goes_over_the_defaults_a_later_file_over_it_and_overrides_over_all(toml: Any) -> None:
    store = toml("store.toml", "[fusion]\nfolds = 3\nseed = 5\nleast_products = 50\n[taggers.knn.options]\nshown = 2\n")
    config = toml("config.toml", "[fusion]\nseed = 6\nleast_products = 60\n")
    settings = read(store, config, overrides={"fusion": {"least_products": 70}})
    fusion = settings.fusion
    assert (fusion.folds, fusion.seed, fusion.least_products, fusion.candidates) == (3, 6, 70, 20)
    assert settings.taggers["knn"].options == {"neighbours": 20, "shown": 2}


def test_another_plugin_does_not_get_the_options_of_the_former(toml: Any) -> None:
    file = toml("a.toml", '[encoder]\nplugin = "acme"\n[taggers.pairs]\nplugin = "acme"\noptions = {a = 1}\n')
    settings = read(file)
    assert settings.encoder.options == {}
    assert settings.taggers["pairs"].options == {"a": 1}
    same = read(overrides={"encoder": {"plugin": "sentence", "options": {"device": "cpu"}}})
    assert same.encoder.options == {"model": "tagweave/e5-small-products", "device": "cpu"}


def test_a_value_takes_the_place_of_a_table_and_is_checked_then(toml: Any) -> None:
    with pytest.raises(BadSetting, match="the setting fusion is wrong: must be a table"):
        read(toml("a.toml", "fusion = 3"))


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"colour": 1}, "the setting colour is wrong: unknown name"),
        ({"fusion": {"fold": 3}}, r"the setting fusion\.fold is wrong: unknown name"),
        ({"taggers": {"knn": {"neighbours": 3}}}, r"the setting taggers\.knn\.neighbours is wrong: unknown name"),
        ({"fusion": {"folds": 1}}, r"the setting fusion\.folds is wrong: must be at least 2"),
        ({"fusion": {"candidates": 0}}, r"the setting fusion\.candidates is wrong: must be at least 1"),
        ({"fusion": {"fuser": "best"}}, r"the setting fusion\.fuser is wrong: must be 'learned', 'recip"),
        ({"fusion": {"ranker": {"columns_share": 1.5}}}, r"fusion\.ranker\.columns_share is wrong: must be at most 1"),
        ({"catalogue": {"thread": 3}}, r"the setting catalogue\.thread is wrong: unknown name"),
        ({"catalogue": {"threads": 0}}, r"the setting catalogue\.threads is wrong: must be at least 1"),
        ({"weights": {"hub": "perhaps"}}, r"the setting weights\.hub is wrong: must be true or false"),
        ({"catalogue": {"threads": "many"}}, r"the setting catalogue\.threads is wrong: must be a whole number"),
        ({"taggers": {"knn": {"enabled": "maybe"}}}, r"the setting taggers\.knn\.enabled"),
    ],
)
def test_a_wrong_setting_is_refused_by_name(overrides: dict[str, Any], message: str) -> None:
    with pytest.raises(BadSetting, match=message):
        read(overrides=overrides)


@pytest.mark.parametrize(
    "name", ["../outside", "a/b", "", "two words", ".", "fused", "statistics", "text", "others", "base"]
)
def test_a_tagger_cannot_be_called_what_is_no_name_or_means_something_else(name: str) -> None:
    with pytest.raises(BadSetting, match=r"the setting taggers\..* is wrong: this cannot be the name of a tagger"):
        read(overrides={"taggers": {name: {"plugin": "prior"}}})


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match=r"no file .*none\.toml"):
        read(tmp_path / "none.toml")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read: Is a directory"):
        read(tmp_path)


@pytest.mark.parametrize("content", [b"fusion = [", b"\xff\xfe", b"a = 1\na = 2"])
def test_a_file_that_is_no_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "bad.toml").write_bytes(content)
    with pytest.raises(BadInput, match=r"bad\.toml is not TOML: "):
        read(tmp_path / "bad.toml")


def test_settings_come_back_from_plain_values() -> None:
    settings = read(
        overrides={"fusion": {"seed": 9, "ranker": {"rounds": 7}}, "taggers": {"mine": {"plugin": "prior"}}}
    )
    assert settings_from(as_dict(settings)) == settings


def test_settings_cannot_be_changed_once_read() -> None:
    with pytest.raises(FrozenInstanceError, match="fusion"):
        read().fusion = None


def test_the_taggers_that_take_part_are_those_enabled() -> None:
    overrides = {"taggers": {"prior": {"enabled": False}, "mine": {"plugin": "acme", "options": {"a": 1}}}}
    settings = read(overrides=overrides)
    assert [each.name for each in settings.tagger_settings(adapter=False)] == [
        "lexical",
        "knn",
        "linear",
        "pairs",
        "phrases",
        "mine",
    ]
    assert "names" in [each.name for each in settings.tagger_settings(adapter=False, few_labels=True)]
    taking_part = settings.tagger_settings(adapter=True)
    assert [each.name for each in taking_part] == ["lexical", "knn", "linear", "pairs", "phrases", "generator", "mine"]
    assert taking_part[3] == PluginSettings(
        "pairs", "linear", {"analyzer": "pairs", "occlusion": False, "least_products": 2}
    )
    assert taking_part[4] == PluginSettings("phrases", "phrases", {"new_tags": True})
    assert taking_part[6] == PluginSettings("mine", "acme", {"a": 1})


def test_the_weights_are_unpacked_to_the_users_cache_unless_told_otherwise(tmp_path: Path) -> None:
    assert read().weights.folder == platformdirs.user_cache_path("tagweave")
    assert not read().weights.hub
    weights = read(overrides={"weights": {"cache": str(tmp_path), "hub": True}}).weights
    assert weights == WeightsSettings(tmp_path, hub=True)
    assert weights.folder == tmp_path


def test_the_catalogue_and_the_ranker_get_their_settings() -> None:
    overrides = {"catalogue": {"memory": "2GB", "threads": 3, "wait_s": 0.5}}
    assert read(overrides=overrides).catalogue == CatalogueSettings("2GB", 3, 0.5)
    ranker = {"rounds": 11, "learning_rate": 0.3, "leaves": 5, "least_in_leaf": 6, "columns_share": 0.5, "l2": 0.25}
    assert read(overrides={"fusion": {"ranker": ranker}}).fusion.ranker == TreeSettings(11, 0.3, 5, 6, 0.5, 0.25)


def test_the_file_of_defaults_has_every_key_of_its_dataclass_with_the_same_value() -> None:
    written = tomllib.loads(DEFAULT.read_text("utf-8"))
    plain = as_dict(settings_from({name: written[name] for name in ("encoder", "index", "taggers")}))
    for section in ("weights", "catalogue", "fusion"):
        assert written[section] == plain[section]


def test_what_a_store_was_fitted_with_is_read_where_keys_came_later() -> None:
    fitted = as_dict(read())
    assert fitted["weights"] == {"cache": "", "hub": False, "full": True}
    del fitted["fusion"]["acceptance"], fitted["catalogue"]["wait_s"], fitted["weights"]["full"]
    assert settings_from(fitted) == read()

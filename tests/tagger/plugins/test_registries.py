import pytest

from index.errors import BadSetting, MissingDependency, UnknownPlugin
from index.product import Product
from tagger.plugins import TAGGERS, Explains, PluginSettings, Pretrained, Resources, Trainable, create_tagger
from tagger.taggers.knn import KnnTagger
from tagger.taggers.linear import LinearTagger


def test_a_tagger_is_found_by_its_name(resources: Resources) -> None:
    assert isinstance(create_tagger(PluginSettings("knn"), resources).plugin, KnnTagger)


def test_a_tagger_may_be_called_otherwise_than_its_plugin(resources: Resources) -> None:
    settings = PluginSettings("pairs", "linear", {"analyzer": "pairs"})
    assert isinstance(create_tagger(settings, resources).plugin, LinearTagger)


def test_an_unknown_tagger_is_refused_with_the_names_there_are(resources: Resources) -> None:
    known = ", ".join(TAGGERS.entries())
    assert "names, phrases, prior" in known
    with pytest.raises(UnknownPlugin, match=rf"no tagger 'magic'; available: {known}"):
        create_tagger(PluginSettings("magic"), resources)


@pytest.mark.parametrize(
    ("name", "known"), [("prior", "none"), ("lexical", "least_characters"), ("knn", "neighbours, shown")]
)
def test_an_unknown_setting_is_refused_by_name(resources: Resources, name: str, known: str) -> None:
    with pytest.raises(BadSetting, match=f"the tagger '{name}' has no setting 'size'; available: {known}$"):
        create_tagger(PluginSettings(name, options={"size": 3}), resources)


def test_another_makers_tagger_comes_through_the_same_registry(resources: Resources) -> None:
    tagger = create_tagger(PluginSettings("mine", "acme-oracle", {"score": 0.25}), resources)
    assert isinstance(tagger, Pretrained)
    assert not isinstance(tagger, (Trainable, Explains))
    assert tagger.suggest([Product("p", "title: mug")], 5) == [[("mug", 0.25)]]


def test_a_plugin_that_lacks_a_package_says_which(resources: Resources) -> None:
    with pytest.raises(
        MissingDependency,
        match=r"'acme-unfinished' \(acme-tags 1.0\) needs acme_not_installed, .* pip install acme_not",
    ):
        create_tagger(PluginSettings("acme-unfinished"), resources)


def test_the_built_ins_need_no_installation() -> None:
    assert {"prior", "lexical", "knn", "linear", "phrases", "taxonomy", "generator", "tuned"} <= set(TAGGERS.entries())

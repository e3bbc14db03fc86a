"""The registries of taggers, encoders and indexes, with the built-in ones."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from index.encoders.guarded_encoder import guard_encoder
from index.plugins import PluginRegistry
from index.vectors.guarded_index import guard_index
from tagger.plugins.guarded_tagger import GuardedTagger, guard_tagger
from tagger.plugins.protocols import Resources
from tagger.plugins.time_limit import TimeLimit

TAGGERS = PluginRegistry(
    "tagweave.taggers",
    {
        "prior": "tagger.taggers.prior:create",
        "lexical": "tagger.taggers.lexical:create",
        "knn": "tagger.taggers.knn:create",
        "linear": "tagger.taggers.linear:create",
        "names": "tagger.taggers.names:create",
        "phrases": "tagger.taggers.phrases:create",
        "taxonomy": "tagger.taggers.taxonomy:create",
        "generator": "tagger.taggers.generator:create",
        "llm": "tagger.taggers.llm:create",
        "keywords": "tagger.taggers.classic.keywords:create",
        "naive_bayes": "tagger.taggers.classic.naive_bayes:create",
        "svm": "tagger.taggers.classic.svm:create",
        "decision_tree": "tagger.taggers.classic.trees:decision_tree",
        "random_forest": "tagger.taggers.classic.trees:random_forest",
        "lstm": "tagger.neural.classifier:lstm",
        "bilstm": "tagger.neural.classifier:bilstm",
        "cnn": "tagger.neural.classifier:cnn",
        "seq2seq": "tagger.neural.sequence.tagger:create",
        "transformer": "tagger.neural.encoder.tagger:create",
        "attributes": "tagger.neural.values.tagger:create",
        "tuned": "finetune.encoders.tuned_tagger:create",
    },
    guard_tagger,
)
ENCODERS = PluginRegistry("tagweave.encoders", {"sentence": "index.encoders.sentence_encoder:create"}, guard_encoder)
INDEXES = PluginRegistry(
    "tagweave.indexes",
    {"faiss": "index.vectors.faiss_index:create", "flat": "index.vectors.flat_index:create"},
    guard_index,
)


@dataclass(frozen=True)
class PluginSettings:
    """A plugin and its options; `name` is the plugin's name in this store."""

    name: str
    plugin: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)


def create_tagger(settings: PluginSettings, resources: Resources, *, timeout_s: float = 0.0) -> GuardedTagger:
    """Build a tagger by name; `timeout_s` limits the wait for its answers, in seconds (0: no limit).

    Raises `UnknownPlugin`, `MissingDependency`, `BadSetting` or `PluginFailed`.
    """
    plugin = settings.plugin or settings.name
    tagger = TAGGERS.create(plugin, [resources], settings.options, called=settings.name)
    if timeout_s:
        tagger.time_limit = TimeLimit(tagger.origin, timeout_s)
    return tagger

"""What things are called on the page, in English; `tagger.web.i18n.translations` has the Chinese."""

from collections.abc import Mapping

from markupsafe import Markup

from index.messages import mark
from tagger.evaluation.held_out import WITHOUT
from tagger.vocabulary import Vocabulary
from tagger.web.i18n.translations import hint, in_two, label, say

LANGUAGES: Mapping[str, str] = {"zh": mark("Chinese"), "en": mark("English"), "other": mark("other")}

# In the order in which they are shown.
FACETS = (
    mark("category"),
    mark("kind"),
    mark("feature"),
    mark("material"),
    mark("colour"),
    mark("audience"),
    mark("occasion"),
    mark("style"),
)

# Taggers, stages and groups of features, by the names that stores use.
STORED_NAMES = (
    mark("prior"),
    mark("lexical"),
    mark("knn"),
    mark("llm"),
    mark("tuned"),
    mark("linear"),
    mark("pairs"),
    mark("names"),
    mark("phrases"),
    mark("generator"),
    mark("taxonomy"),
    mark("statistics"),
    mark("text"),
    mark("others"),
    mark("base"),
    mark("corrections"),
    mark("fused"),
    mark("fusion"),
    mark("evidence"),
)

# Stores that come with the package.
STORES = (mark("demo"), mark("anything"))

# Why two tags may be duplicates.
DUPLICATES = (mark("spelled alike"), mark("near in meaning"), mark("translation"), mark("on the same products"))

# Parameters of requests and settings, and kinds of models, as error messages name them.
PARAMETERS = (
    mark("product"),
    mark("by"),
    mark("q"),
    mark("query"),
    mark("limit"),
    mark("rounds"),
    mark("epochs"),
    mark("seed"),
    mark("learning rate"),
    mark("fitted"),
    mark("adapter"),
)

DECISIONS: Mapping[str, str] = {
    "accept": "accepted",
    "reject": mark("rejected"),
    "add": mark("added"),
    "remove": mark("removed"),
}

# What rules have to do with a tag.
RULES: Mapping[str, str] = {
    "never_automatic": mark("never accepted without a person:"),
    "implied": mark("implied by"),
    "threshold": mark("accepted from the probability"),
}

EDITS: Mapping[str, str] = {
    "rename": mark("renamed to"),
    "label": mark("label"),
    "alias": mark("alias added"),
    "unalias": mark("alias removed"),
    "merge": mark("merged into"),
    "delete": mark("deleted"),
}


def source(name: str) -> Markup:
    """Name a tagger, another source of a decision, or a stage."""
    if name.startswith(WITHOUT):
        return say("fused without") + " " + say(name.removeprefix(WITHOUT))
    return say(name)


def source_label(name: str) -> str:
    """Name a tagger where Gradio shows it; it translates one word in a text."""
    if name.startswith(WITHOUT):
        return f"{hint('fused without')} {hint(name.removeprefix(WITHOUT))}"
    return label(name)


def tag(name: str, labels: Mapping[str, str], lang: str) -> str:
    """Return the tag's name in a language, or the one that it has."""
    own, other = ("zh", "en") if lang == "zh" else ("en", "zh")
    return labels.get(own) or labels.get(other) or name


def shown(name: str, labels: Mapping[str, str]) -> Markup:
    """Name a tag for its readers, each in his language; the browser shows one of the names."""
    chinese, english = tag(name, labels, "zh"), tag(name, labels, "en")
    return Markup.escape(english) if chinese == english else in_two(chinese, english)


def other(name: str, labels: Mapping[str, str]) -> Markup:
    """Name a tag in the language that is not the reader's; empty if the name is the same."""
    chinese, english = tag(name, labels, "zh"), tag(name, labels, "en")
    return Markup() if chinese == english else in_two(english, chinese)


def named(name: str, vocabulary: Vocabulary) -> Markup:
    """Name a tag of a vocabulary for its readers, each in his language."""
    return shown(name, vocabulary.labels(name))


def all_names(name: str, vocabulary: Vocabulary) -> str:
    """Return a tag's names in both languages for an attribute, which cannot hold markup."""
    labels = vocabulary.labels(name)
    return " ".join(dict.fromkeys([tag(name, labels, "zh"), tag(name, labels, "en")]))

"""What things are called on the page, in English; `tagger.web.i18n.translations` has the Chinese."""

from collections.abc import Mapping

from markupsafe import Markup

from tagger.evaluation.held_out import WITHOUT
from tagger.vocabulary import Vocabulary
from tagger.web.i18n.translations import hint, label, say

LANGUAGES: Mapping[str, str] = {"zh": "Chinese", "en": "English", "other": "other"}

# In the order in which they are shown.
FACETS = ("category", "kind", "feature", "material", "colour", "audience", "occasion", "style")

DECISIONS: Mapping[str, str] = {
    "accept": "accepted",
    "reject": "rejected",
    "add": "added",
    "remove": "removed",
}

EDITS: Mapping[str, str] = {
    "rename": "renamed to",
    "label": "label",
    "alias": "alias added",
    "unalias": "alias removed",
    "merge": "merged into",
    "delete": "deleted",
}


def source(name: str) -> Markup:
    """Name a tagger, another source of a decision, or a stage."""
    if name.startswith(WITHOUT):
        return say("fused without") + " " + say(name.removeprefix(WITHOUT))
    return say(name)


def source_label(name: str) -> str:
    """Name a tagger where Gradio shows it; it translates one word in a text."""
    if name.startswith(WITHOUT):
        return f"{hint('fused without')} {name.removeprefix(WITHOUT)}"
    return label(name)


def tag(name: str, labels: Mapping[str, str], lang: str) -> tuple[str, str]:
    """Return the tag's name in a product's language, and its names in the other one, if it has any."""
    own = "zh" if lang == "zh" else "en"
    other = "en" if own == "zh" else "zh"
    first = labels.get(own) or labels.get(other) or name
    second = labels.get(other) or name
    return first, "" if second == first else second


def named(name: str, vocabulary: Vocabulary) -> str:
    """Return a tag's names in both languages, or the one it has."""
    return " ".join(filter(None, tag(name, vocabulary.labels(name), "zh")))

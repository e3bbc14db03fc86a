"""Which systems are on the leaderboard."""

from collections.abc import Sequence

from index.errors import UnknownPlugin
from tagger.plugins import TAGGERS, PluginSettings
from tagger.settings import Settings

# Plugins that no store uses unless its settings say so.
OTHERS = (
    *("tuned", "keywords", "naive_bayes", "svm", "decision_tree", "random_forest"),
    *("cnn", "lstm", "bilstm", "seq2seq", "transformer", "attributes"),
)


def choose_systems(settings: Settings, only: Sequence[str], *, adapter: bool) -> list[PluginSettings]:
    """Return the store's taggers and the others that ship, or those that `only` names, in its order.

    Raises `UnknownPlugin` if a name is neither a tagger of the store nor an installed plugin.
    """
    known = {each.name: each for each in settings.tagger_settings(adapter=adapter)}
    others = {name: PluginSettings(name, name, _options(settings, name)) for name in OTHERS}
    known = {**known, **{name: each for name, each in others.items() if name not in known}}
    if not only:
        return list(known.values())
    installed = TAGGERS.entries()
    for name in only:
        if name not in known and name not in installed:
            raise UnknownPlugin("plugin.unknown-system", name=name, available=", ".join(sorted({*known, *installed})))
    return [known.get(name) or PluginSettings(name, name, _options(settings, name)) for name in dict.fromkeys(only)]


def _options(settings: Settings, name: str) -> dict[str, object]:
    """Return the options that the store's settings give to a tagger that does not take part in its fits."""
    section = settings.taggers.get(name)
    return dict(section.options) if section and section.plugin in ("", name) else {}

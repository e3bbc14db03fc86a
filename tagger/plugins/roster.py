"""The taggers that a fit goes through with: an optional one that fails is left out."""

import logging
from collections.abc import Collection, Sequence

from index.errors import BadSetting, PluginClash, TagweaveError, UnknownPlugin
from tagger.plugins.protocols import Resources
from tagger.plugins.registries import PluginSettings, create_tagger

log = logging.getLogger(__name__)

# Mistakes in the settings are for the user to mend, whether the tagger is optional or not.
_MISTAKES = (BadSetting, PluginClash, UnknownPlugin)


class TaggerRoster:
    """The taggers that take part, by their settings; `without` says why the others do not."""

    def __init__(self, wanted: Sequence[PluginSettings], optional: Collection[str]) -> None:
        self.wanted = list(wanted)
        self.without: dict[str, str] = {}
        self._optional = frozenset(optional)

    @property
    def names(self) -> list[str]:
        """What the taggers are called in the store."""
        return [each.name for each in self.wanted]

    def try_out(self, resources: Resources) -> None:
        """Build each tagger once, so that a mistake in its settings shows before anything long begins."""
        for each in tuple(self.wanted):
            try:
                create_tagger(each, resources)
            except TagweaveError as error:
                self.leave_out(each.name, error)

    def leave_out(self, name: str, error: TagweaveError) -> None:
        """Go on without a tagger that failed; raises the error where that is not an optional one, or the last."""
        kept = [each for each in self.wanted if each.name != name]
        if name not in self._optional or not kept or isinstance(error, _MISTAKES):
            raise error
        log.warning("fitting without %s: %s", name, error)
        self.wanted = kept
        self.without[name] = str(error)

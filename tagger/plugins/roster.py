"""The taggers that take part in a fit; an optional one that fails is left out."""

import logging
from collections.abc import Collection, Sequence

from index.errors import BadSetting, PluginClash, TagweaveError, UnknownPlugin
from index.messages import Message
from tagger.plugins.protocols import Resources, Reviews
from tagger.plugins.registries import PluginSettings, create_tagger

log = logging.getLogger(__name__)

# The user must fix mistakes in the settings, even those of optional taggers.
_MISTAKES = (BadSetting, PluginClash, UnknownPlugin)


class TaggerRoster:
    """The settings of the taggers that take part; `without` gives the reason for each one left out."""

    def __init__(self, wanted: Sequence[PluginSettings], optional: Collection[str]) -> None:
        self.wanted = list(wanted)
        self.without: dict[str, Message] = {}
        self._optional = frozenset(optional)

    @property
    def names(self) -> list[str]:
        """The names of the taggers in the store."""
        return [each.name for each in self.wanted]

    def try_out(self, resources: Resources) -> None:
        """Build each tagger once, so that a mistake in its settings shows before the long work begins."""
        for each in tuple(self.wanted):
            try:
                create_tagger(each, resources)
            except TagweaveError as error:
                self.leave_out(each.name, error)

    def keep_label_free(self, resources: Resources) -> None:
        """Leave out the taggers that must be fitted on labels. Raises `BadSetting` if no other is enabled."""
        free = self.label_free(resources)
        self.wanted = [each for each in self.wanted if each.name in free]
        if not self.wanted:
            raise BadSetting("fit.no-label-free-tagger")

    def label_free(self, resources: Resources) -> list[str]:
        """Return the names of the taggers that need no labels."""
        return [each.name for each in self.wanted if create_tagger(each, resources).label_free]

    def reviewers(self, resources: Resources) -> dict[str, float]:
        """Return the share of products that each reviewing tagger may be asked about."""
        made = {each.name: create_tagger(each, resources) for each in self.wanted}
        return {name: tagger.share for name, tagger in made.items() if isinstance(tagger, Reviews)}

    def leave_reviewers(self, resources: Resources) -> None:
        """Leave out the reviewing taggers: without a trained ranker nothing tells which products need them."""
        for name in self.reviewers(resources):
            self.wanted = [each for each in self.wanted if each.name != name]
            self.without[name] = Message("fit.reviewer-needs-ranker")

    def leave_out(self, name: str, error: TagweaveError) -> None:
        """Leave out a tagger that failed; raises the error if it is required, the last one, or misconfigured."""
        kept = [each for each in self.wanted if each.name != name]
        if name not in self._optional or not kept or isinstance(error, _MISTAKES):
            raise error
        log.warning("fitting without %s: %s", name, error)
        self.wanted = kept
        self.without[name] = error.message

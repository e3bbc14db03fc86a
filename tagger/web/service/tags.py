"""Change tags themselves: one tag's page, plans and changes, pairs that may be one."""

from collections.abc import Sequence
from dataclasses import dataclass

from index.catalogue.tag_edit import TagChange, TagEdit
from index.catalogue.tag_queries import TagSummary
from tagger.feedback.merge_suggestions import LikelyMerges
from tagger.feedback.tag_edits import TagEditService, TagPlan
from tagger.search.browse import Browser
from tagger.vocabulary import Entry, Vocabulary
from tagger.vocabulary.duplicates import Merge


@dataclass(frozen=True)
class TagPage:
    """A tag with its products and its changes, the latest first, and the vocabulary that names its neighbours."""

    entry: Entry
    summary: TagSummary
    history: Sequence[TagEdit]
    vocabulary: Vocabulary

    @property
    def deleted(self) -> bool:
        """Tell whether the tag was deleted."""
        return self.vocabulary.drops(self.entry.tag)


class TagFacade:
    """Shows and changes tags; safe to call from several threads."""

    def __init__(self, edits: TagEditService, browser: Browser, merges: LikelyMerges) -> None:
        self._edits = edits
        self._browser = browser
        self._merges = merges

    def page(self, tag: str, limit: int) -> TagPage:
        """Return a tag, given by any of its names, with so many of its products at most."""
        vocabulary = self._browser.vocabulary()
        entry = vocabulary.entry(vocabulary.canonical(tag))
        history = self._edits.history(entry.tag, vocabulary)
        return TagPage(entry, self._browser.portrait(entry.tag, limit), history, vocabulary)

    def plan(self, change: TagChange) -> TagPlan:
        """Find what would be changed by what somebody typed; raises `BadInput` for what cannot be."""
        return self._edits.plan(change)

    def apply(self, plan: TagPlan) -> TagEdit:
        """Record what was planned; raises `BadInput` where it can no longer be done, `StoreLocked` during a fit."""
        return self._edits.change(plan)

    def change(self, change: TagChange) -> TagEdit:
        """Record a change that nobody wants to see planned; raises as `plan` and `apply` do."""
        return self.apply(self.plan(change))

    def undo(self, number: int, by: str) -> TagEdit:
        """Take a change back; the others stay in force."""
        return self._edits.undo(number, by)

    def latest(self, limit: int) -> list[TagEdit]:
        """Return what was last changed, the latest first, with what was undone."""
        return self._edits.latest(limit)

    def merges(self) -> list[Merge]:
        """Return pairs of tags that may be one, the best first; raises where no models can be opened."""
        return self._merges.found()

    def merges_sought(self) -> bool:
        """Tell whether somebody has asked for the pairs already."""
        return self._merges.sought

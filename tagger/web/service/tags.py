"""Show and change tags: a tag's page, planned and applied changes, likely merges."""

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
    """A tag with its products and its changes, latest first, and the vocabulary that names related tags."""

    entry: Entry
    summary: TagSummary
    history: Sequence[TagEdit]
    vocabulary: Vocabulary

    @property
    def deleted(self) -> bool:
        """Return whether the tag was deleted."""
        return self.vocabulary.drops(self.entry.tag)


class TagFacade:
    """Show and change tags. Thread-safe."""

    def __init__(self, edits: TagEditService, browser: Browser, merges: LikelyMerges) -> None:
        self._edits = edits
        self._browser = browser
        self._merges = merges

    def page(self, tag: str, limit: int) -> TagPage:
        """Return a tag, given by any of its names, with at most `limit` of its products."""
        vocabulary = self._browser.vocabulary()
        entry = vocabulary.entry(vocabulary.canonical(tag))
        history = self._edits.history(entry.tag, vocabulary)
        return TagPage(entry, self._browser.portrait(entry.tag, limit), history, vocabulary)

    def plan(self, change: TagChange) -> TagPlan:
        """Plan a change. Raises `BadInput` if it is not possible."""
        return self._edits.plan(change)

    def apply(self, plan: TagPlan) -> TagEdit:
        """Record a planned change. Raises `BadInput` if it is no longer possible, `StoreLocked` during a fit."""
        return self._edits.change(plan)

    def change(self, change: TagChange) -> TagEdit:
        """Record a change without showing its plan. Raises what `plan` and `apply` raise."""
        return self.apply(self.plan(change))

    def undo(self, number: int, by: str) -> TagEdit:
        """Undo a change. The others stay in force."""
        return self._edits.undo(number, by)

    def latest(self, limit: int) -> list[TagEdit]:
        """Return the latest changes, latest first, including undone ones."""
        return self._edits.latest(limit)

    def merges(self) -> list[Merge]:
        """Return pairs of tags that are likely duplicates, best first. Raises whatever opening the models raises."""
        return self._merges.found()

    def merges_sought(self) -> bool:
        """Return whether anyone has already asked for the pairs."""
        return self._merges.sought

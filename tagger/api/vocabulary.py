"""The tags of a store, and the methods to change their names."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from index.catalogue.tag_edit import EditKind, TagChange, TagEdit
from index.progress import silent
from index.store import Store
from tagger.api.inputs import File
from tagger.api.result import Result, ResultSequence, Row
from tagger.feedback import tag_merges
from tagger.feedback.tag_edits import TagEditService
from tagger.search.browse import Browser
from tagger.settings import Settings
from tagger.vocabulary.duplicates import Merge


@dataclass(frozen=True)
class VocabularyTag(Result):
    """One tag: its labels by language, all its names, its direct parents, and the number of products that have it."""

    tag: str
    facet: str
    labels: Mapping[str, str]
    names: tuple[str, ...]
    parents: tuple[str, ...]
    products: int


@dataclass(frozen=True)
class TagEditResult(Result, TagEdit):
    """A recorded change of a tag; its `number` is used to undo it."""


@dataclass(frozen=True)
class LikelyMerges(ResultSequence[Merge]):
    """The likeliest duplicates; `found` counts all pairs, `tags` the tags that were compared."""

    tags: int
    found: int
    merges: tuple[Merge, ...]

    @property
    def _items(self) -> Sequence[Merge]:
        return self.merges

    def _columns(self) -> Row:
        return ("tag", "into", "score", "why")

    def _rows(self) -> Iterable[Row]:
        return [(each.tag, each.into, each.score, each.why) for each in self.merges]


class TagVocabulary(Mapping[str, VocabularyTag]):
    """A mapping from name to tag; any name of a tag finds it, in any spelling.

    Every change shows in the next suggestion, without another `fit`, and can be undone by its number. A change raises
    `BadInput` if the tag is unknown, or if another tag has the name.
    """

    def __init__(
        self, browser: Browser, store: Store, settings: Settings, writing: Callable[[], AbstractContextManager[Store]]
    ) -> None:
        self._browser = browser
        self._store = store
        self._settings = settings
        self._writing = writing
        self._edits = TagEditService(store, writing)

    def __getitem__(self, name: str) -> VocabularyTag:
        """Return the tag with this name. Raises `KeyError` if there is none, or it was deleted."""
        vocabulary = self._browser.vocabulary()
        tag = vocabulary.canonical(name)
        if tag not in vocabulary:
            raise KeyError(name)
        entry, count = vocabulary.entry(tag), self._browser.tag_counts().get(tag, 0)
        return VocabularyTag(tag, entry.facet, vocabulary.labels(tag), tuple(entry.forms), entry.parents, count)

    def __iter__(self) -> Iterator[str]:
        """Iterate over the tags' own names, without aliases."""
        return iter(self._browser.vocabulary().tags)

    def __len__(self) -> int:
        """Return the number of tags."""
        return len(self._browser.vocabulary())

    def _repr_html_(self) -> str:
        """Return the table that a notebook shows."""
        return _Listed(tuple(self.values()))._repr_html_()

    def rename(self, tag: str, name: str, *, by: str = "") -> TagEditResult:
        """Rename a tag; the old name still finds it."""
        return self._change("rename", tag, name, by=by)

    def alias(self, tag: str, name: str, *, lang: str = "", by: str = "") -> TagEditResult:
        """Add an alias to a tag; `lang` is "zh" or "en", and detected if it is not given."""
        return self._change("alias", tag, name, lang=lang, by=by)

    def merge(self, tag: str, into: str, *, by: str = "") -> TagEditResult:
        """Merge a tag into another: all its names become aliases of that one."""
        return self._change("merge", tag, into, by=by)

    def separate(self, alias: str) -> VocabularyTag:
        """Turn an alias back into a tag of its own; if a merge made it, the whole merge is undone."""
        with self._writing() as store:
            return self[tag_merges.separate(store, alias).tag]

    def undo(self, number: int, *, by: str = "") -> TagEditResult:
        """Undo a change; all others stay in force."""
        return TagEditResult(**vars(self._edits.undo(number, by)))

    def likely_merges(self, *, limit: int = 20) -> LikelyMerges:
        """Find pairs of tags that may be duplicates, likeliest first."""
        found = tag_merges.suggest_merges(self._store, self._settings, silent, limit=limit)
        return LikelyMerges(found.tags, found.found, tuple(found.merges))

    def save(self, path: File) -> int:
        """Write all tags to a table that `ingest` accepts as a vocabulary; return their number."""
        return tag_merges.export(self._store, Path(path)).tags

    def _change(self, kind: EditKind, tag: str, value: str, *, lang: str = "", by: str = "") -> TagEditResult:
        plan = self._edits.plan(TagChange(kind, tag, value, lang, by))
        return TagEditResult(**vars(self._edits.change(plan)))


@dataclass(frozen=True)
class _Listed(Result):
    tags: tuple[VocabularyTag, ...]

    def _columns(self) -> Row:
        return ("tag", "facet", "labels", "names", "products")

    def _rows(self) -> Iterable[Row]:
        return [(each.tag, each.facet, each.labels, each.names, each.products) for each in self.tags]

"""Rename, merge, label, alias or delete a tag: plan first, showing how many products it affects, then record.

Edits can be undone, as decisions can.
"""

import difflib
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace

from index.catalogue.tag_edit import EDIT_KINDS, TagChange, TagEdit
from index.errors import BadInput
from index.store import Store
from tagger.feedback.user_input import LONGEST_TAG, clean_tag, reviewer_name
from tagger.vocabulary import Vocabulary, fold
from tagger.vocabulary.stored import tag_counts, vocabulary_of
from tagger.vocabulary.vocabulary import language_of

LANGUAGES = ("zh", "en")


@dataclass(frozen=True)
class TagPlan:
    """A planned change and the number of products with the tag; `others` have the tag that it is merged into."""

    change: TagChange
    products: int
    others: int = 0


class TagEditService:
    """Plans, records and undoes changes of tags. Thread-safe.

    `writing` opens the store for writing and holds its lock.
    """

    def __init__(self, store: Store, writing: Callable[[], AbstractContextManager[Store]]) -> None:
        self._store = store
        self._writing = writing

    def plan(self, change: TagChange) -> TagPlan:
        """Check and clean a change as a user typed it, and count its products; raises `BadInput` if it is invalid."""
        catalogue = self._store.catalogue
        vocabulary = vocabulary_of(catalogue)
        change = check_change(_clean(change), vocabulary)
        counts = tag_counts(catalogue, vocabulary)
        others = counts.get(change.value, 0) if change.kind == "merge" else 0
        return TagPlan(change, counts.get(change.tag, 0), others)

    def change(self, plan: TagPlan) -> TagEdit:
        """Record a plan; raises `BadInput` if it is no longer valid, `StoreLocked` during a fit."""
        with self._writing() as store:
            return record_edit(store, plan.change)

    def undo(self, number: int, by: str) -> TagEdit:
        """Undo one change; later changes stay in force."""
        with self._writing() as store:
            return store.catalogue.edits.undo(number, reviewer_name(by))

    def latest(self, limit: int) -> list[TagEdit]:
        """Return the last `limit` changes, the latest first, including undone ones."""
        return self._store.catalogue.edits.all()[: -limit - 1 : -1]

    def history(self, tag: str, vocabulary: Vocabulary) -> list[TagEdit]:
        """Return all changes of a tag and of the tags merged into it, the latest first."""
        found = [each for each in self._store.catalogue.edits.all() if tag in _affected_tags(each, vocabulary)]
        return found[::-1]


def _affected_tags(edit: TagEdit, vocabulary: Vocabulary) -> set[str]:
    named = (edit.tag, edit.value) if edit.kind in ("rename", "merge") else (edit.tag,)
    return {*named, *map(vocabulary.canonical, named)}


def change_record(edit: TagEdit) -> dict[str, object]:
    """Return a change as plain values for JSON."""
    undone_at = edit.undone_at.isoformat() if edit.undone_at else None
    return {**asdict(edit), "at": edit.at.isoformat(), "undone_at": undone_at}


def record_edit(store: Store, change: TagChange) -> TagEdit:
    """Record a change, with tags under the names that they were imported by; the store must be open for writing.

    The vocabulary is read again, because another user may have changed it since the plan. Raises `BadInput` if the
    change is invalid.
    """
    vocabulary = vocabulary_of(store.catalogue)
    change = check_change(change, vocabulary)
    value = vocabulary.came_as(change.value) if change.kind == "merge" else change.value
    return store.catalogue.edits.add(replace(change, tag=vocabulary.came_as(change.tag), value=value))


def _clean(change: TagChange) -> TagChange:
    """Return a change with a cleaned new name.

    The value of "merge" and "unalias" is only checked: it names an existing tag or alias, which may be stored unclean.
    """
    change = replace(change, by=reviewer_name(change.by))
    if change.kind == "delete":
        return change
    name = clean_tag(change.value)
    return change if change.kind in ("merge", "unalias") else replace(change, value=name)


def check_change(change: TagChange, vocabulary: Vocabulary) -> TagChange:
    """Return the change under the tags' current names; raises `BadInput` if it is invalid."""
    if change.kind not in EDIT_KINDS:
        raise BadInput("tag-edit.kind", available=", ".join(EDIT_KINDS))
    tag = resolve_tag(change.tag, vocabulary)
    if change.kind == "delete":
        return replace(change, tag=tag, value="", lang="")
    if not change.value:
        raise BadInput("tag.empty")
    if change.kind == "merge":
        return replace(change, tag=tag, value=_other(tag, change, vocabulary), lang="")
    if change.kind == "unalias":
        return replace(change, tag=tag, value=_alias(tag, change.value, vocabulary), lang="")
    _refuse_taken(tag, change.value, vocabulary)
    if change.kind == "rename":
        if change.value == tag:
            raise BadInput("tag.same-name", name=tag)
        return replace(change, tag=tag, lang="")
    lang = change.lang or language_of(change.value)
    if lang not in LANGUAGES:
        raise BadInput("tag.label-language", available=", ".join(LANGUAGES))
    forms = vocabulary.entry(tag).labels.get(lang, ())
    if change.value in (forms if change.kind == "alias" else forms[:1]):
        raise BadInput("tag.same-name", name=change.value)
    return replace(change, tag=tag, lang=lang)


def resolve_tag(text: str, vocabulary: Vocabulary) -> str:
    """Return the tag that a text names; raises `BadInput` if there is none or it was deleted."""
    tag = vocabulary.canonical(text)
    if vocabulary.drops(tag):
        raise deleted_tag_error(tag)
    if tag in vocabulary:
        return tag
    if len(text) > LONGEST_TAG:
        raise BadInput("tag.too-long", most=LONGEST_TAG)
    near = difflib.get_close_matches(text, vocabulary.tags, 1)
    if near:
        raise BadInput("tag.unknown-near", tag=text, near=near[0])
    raise BadInput("tag.unknown", tag=text)


def deleted_tag_error(tag: str) -> BadInput:
    """Return the error for a deleted tag."""
    return BadInput("tag.deleted", tag=tag)


def _other(tag: str, change: TagChange, vocabulary: Vocabulary) -> str:
    into = resolve_tag(change.value, vocabulary)
    if into == tag:
        raise BadInput("tag.already-one", first=change.tag, second=change.value)
    return into


def _alias(tag: str, text: str, vocabulary: Vocabulary) -> str:
    """Return an alias of the tag in its stored spelling; the tag's current and imported names are not aliases."""
    own = map(fold, (tag, vocabulary.came_as(tag)))
    found = next((form for form in vocabulary.forms(tag) if fold(form) == fold(text)), "")
    if not found or fold(text) in own:
        raise BadInput("tag.not-an-alias", alias=text)
    return found


def _refuse_taken(tag: str, name: str, vocabulary: Vocabulary) -> None:
    owner = vocabulary.canonical(name)
    if vocabulary.drops(owner):
        raise deleted_tag_error(owner)
    if owner in vocabulary and owner != tag:
        raise BadInput("tag.name-taken", name=name, tag=owner)

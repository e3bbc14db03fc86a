"""A person's edit of a tag itself, on all products that have it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from index.catalogue.decision import ANONYMOUS

EditKind = Literal["rename", "label", "alias", "unalias", "merge", "delete"]
EDIT_KINDS: tuple[EditKind, ...] = get_args(EditKind)


@dataclass(frozen=True)
class TagChange:
    """A requested edit: a tag is renamed, labelled, given an alias, rid of one, merged or deleted.

    `value` is the new name, the label, the alias, or the tag to merge into. `lang` is the language of a label or alias.
    """

    kind: EditKind
    tag: str
    value: str = ""
    lang: str = ""
    by: str = ANONYMOUS


@dataclass(frozen=True)
class TagEdit:
    """A recorded edit. Times are UTC."""

    number: int
    kind: EditKind
    tag: str
    value: str
    lang: str
    by: str
    at: datetime
    undone_by: str | None = None
    undone_at: datetime | None = None

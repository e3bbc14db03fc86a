"""What a person changed of a tag itself, on whichever products it is."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from index.catalogue.decision import ANONYMOUS

EditKind = Literal["rename", "label", "alias", "unalias", "merge", "delete"]
EDIT_KINDS: tuple[EditKind, ...] = get_args(EditKind)


@dataclass(frozen=True)
class TagChange:
    """What somebody wants: a tag renamed, labelled in a language, given or rid of an alias, merged, or deleted.

    `value` is the new name, the label, the alias, or the tag that it is merged into; `lang` that of a label or alias.
    """

    kind: EditKind
    tag: str
    value: str = ""
    lang: str = ""
    by: str = ANONYMOUS


@dataclass(frozen=True)
class TagEdit:
    """One change as it stands in the record. Times are UTC."""

    number: int
    kind: EditKind
    tag: str
    value: str
    lang: str
    by: str
    at: datetime
    undone_by: str | None = None
    undone_at: datetime | None = None

"""The rules as a person writes them."""

from dataclasses import field
from typing import Annotated

from pydantic import ConfigDict, Field
from pydantic.dataclasses import dataclass

_strict = ConfigDict(extra="forbid")


@dataclass(frozen=True, config=_strict)
class RulesSection:
    """Rules for the tags of a store.

    A rule names tags by one of their names, by a facet (`facet:colour`), or by a pattern (`promo*`). With `allow`, only
    tags that it names are suggested, and never those that `deny` names. `existing_only` leaves out tags that neither
    the vocabulary nor a product has. Tags that `never_automatic` names are suggested, and a person accepts them.
    With `parents`, a tag that is accepted implies its parents; `implies` has further implied tags. `precision` is the
    share of the accepted tags that shall be right: `fit` finds a threshold for each facet and tag; with 0, all tags
    have one threshold, which gives the best F1.
    """

    deny: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    existing_only: bool = False
    never_automatic: tuple[str, ...] = ()
    parents: bool = False
    implies: dict[str, tuple[str, ...]] = field(default_factory=dict)
    precision: Annotated[float, Field(ge=0, lt=1)] = 0.0

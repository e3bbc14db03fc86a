"""Check the hierarchy of a vocabulary file: every parent exists, and there are no cycles."""

from collections.abc import Mapping, Sequence
from graphlib import CycleError, TopologicalSorter

from index.errors import BadInput
from tagger.vocabulary.vocabulary import Entry


def check_parents(entries: Sequence[Entry], places: Sequence[str]) -> None:
    """Raise `BadInput` for an entry with an unknown parent, or an entry that is its own ancestor.

    `places` holds the location of each entry, for the error message.
    """
    place_of = {entry.tag: place for entry, place in zip(entries, places, strict=True)}
    for entry in entries:
        for parent in entry.parents:
            if parent not in place_of:
                raise BadInput("vocabulary.no-parent", place=place_of[entry.tag], parent=parent, tag=entry.tag)
    _refuse_circle({entry.tag: entry.parents for entry in entries}, place_of)


def _refuse_circle(parents: Mapping[str, Sequence[str]], place_of: Mapping[str, str]) -> None:
    try:
        TopologicalSorter(parents).prepare()
    except CycleError as error:
        circle: list[str] = error.args[1]
        above = " < ".join(map(repr, reversed(circle)))
        raise BadInput("vocabulary.circle", place=place_of[circle[0]], circle=above) from error

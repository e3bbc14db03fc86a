"""Write tags back into a file of products: which cells change, and to what."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from index.errors import BadSetting
from index.files.product_reader import Read
from index.files.readers.rows import suffix_of
from index.files.writers.tag_cells import CellEdit
from index.messages import Message
from index.product import Product
from index.text.folding import fold
from tagger.vocabulary import Vocabulary

Language = Literal["", "zh", "en", "both"]
LANGUAGES: Final = ("zh", "en", "both")
APPEND: Final = "append"
REPLACE: Final = "replace"
RECORDS: Final = "records"
_TABLES: Final = (".csv", ".tsv", ".txt", ".xlsx", ".xlsm")
_COLUMN: Final = "column:"


@dataclass(frozen=True)
class WriteBack:
    """How tags are written into a file.

    `mode` is "append": a product keeps its tags, and gets others; "replace": tags that are not wanted are removed; or
    "column:NAME": all tags go to a column of their own. `language` chooses the labels that are written, "both" each of
    the two; without one, tags are written under their names. Raises `BadSetting` for an unknown mode or language.
    """

    mode: str = APPEND
    language: Language = ""

    def __post_init__(self) -> None:
        if self.mode not in (APPEND, REPLACE) and not self.column:
            modes = f"{APPEND}, {REPLACE}, {_COLUMN}NAME"
            raise BadSetting("value.choices", what=Message("write-back.mode"), value=self.mode, available=modes)
        if self.language not in ("", *LANGUAGES):
            languages = ", ".join(LANGUAGES)
            raise BadSetting(
                "value.choices", what=Message("write-back.language"), value=self.language, available=languages
            )

    @property
    def column(self) -> str:
        """The column of their own that tags go to, or an empty string."""
        return self.mode.removeprefix(_COLUMN) if self.mode.startswith(_COLUMN) else ""

    def names(self, tags: Sequence[str], vocabulary: Vocabulary) -> list[str]:
        """Return what is written for some tags."""
        if not self.language:
            return list(tags)
        languages = ("zh", "en") if self.language == "both" else (self.language,)
        return list(dict.fromkeys(vocabulary.label(tag, language) for tag in tags for language in languages))


def edits(
    rows: Sequence[Read], wanted: Mapping[str, Sequence[str]], how: WriteBack, vocabulary: Vocabulary
) -> dict[int, CellEdit]:
    """Return how rows change, by line; `wanted` has the tags of each product by its id.

    If a product has several rows, new tags go to the first one.
    """
    by_id: dict[str, list[Read]] = {}
    for each in rows:
        if isinstance(each.outcome, Product) and each.outcome.id in wanted:
            by_id.setdefault(each.outcome.id, []).append(each)
    key = _key(how, vocabulary)
    changed: dict[int, CellEdit] = {}
    for id, of_product in by_id.items():
        names = how.names(wanted[id], vocabulary)
        if how.column:
            changed |= {each.line: CellEdit(tuple(names), replaces=True) for each in of_product}
        else:
            changed |= _edits(of_product, names, key, replace=how.mode == REPLACE)
    return changed


def _key(how: WriteBack, vocabulary: Vocabulary) -> Callable[[str], str]:
    """Return what two names of one tag share; names in another language differ where labels are asked for."""
    if how.language and (how.mode == REPLACE or how.language == "both"):
        return fold

    def current(tag: str) -> str:
        entry = vocabulary.entry(vocabulary.canonical(tag))
        # A name that people have changed since is another one.
        return fold(tag) if how.mode == REPLACE and entry.came_as == tag else fold(entry.tag)

    return current


def _edits(
    rows: Sequence[Read], names: Sequence[str], key: Callable[[str], str], *, replace: bool
) -> dict[int, CellEdit]:
    # The last row of a product without an id has the tags of all.
    products = [each.outcome for each in rows if isinstance(each.outcome, Product)]
    own = list(dict.fromkeys(tag for product in products for tag in product.tags))
    # The store may have the tag of an attribute under its value alone.
    values = {each.tag: each.value for product in products for each in product.attributes}
    theirs, wanted = {key(each) for each in (*own, *values.values())}, set(map(key, names))
    added = tuple(name for name in names if key(name) not in theirs)
    gone = (tag for tag in own if wanted.isdisjoint((key(tag), key(values.get(tag, tag)))))
    removed = frozenset(map(fold, gone)) if replace else frozenset()
    if not added and not removed:
        return {}
    first, *others = rows
    return {first.line: CellEdit(added, removed)} | (
        {each.line: CellEdit((), removed) for each in others} if removed else {}
    )


@dataclass(frozen=True)
class Choice:
    """Which suggestions are written: the accepted ones, or those from a probability on.

    With `only_accepted`, those must be accepted as well.
    """

    min_probability: float | None = None
    only_accepted: bool = False

    def tags(self, record: Mapping[str, Any]) -> list[str]:
        """Return the tags of a record of `tag_file`."""
        accepted: list[str] = record["tags"]
        if self.min_probability is None:
            return accepted
        likely = [each["tag"] for each in record["suggestions"] if each["probability"] >= self.min_probability]
        return [tag for tag in likely if tag in accepted] if self.only_accepted else likely


@dataclass(frozen=True)
class Output:
    """What is written: a file as it came with tags in it, or records; `excel` marks a CSV file for Excel."""

    choice: Choice = field(default_factory=Choice)
    back: WriteBack | None = None
    excel: bool = False


def write_back_to(out: Path, source: Path, mode: str, language: Language) -> WriteBack | None:
    """Return how tags are written to `out`, None for records.

    Without a mode, tags are appended where `out` is a table of the same kind as the source, or a language is asked for.
    """
    same_table = suffix_of(source) == suffix_of(out) and suffix_of(out) in _TABLES
    if mode == RECORDS or not (mode or language or same_table):
        return None
    return WriteBack(mode or APPEND, language)

"""Ingest files into a store: products go to the catalogue, rejected rows to a file with their reasons."""

import contextlib
import json
import logging
import tempfile
import time
import uuid
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

from index.batching import batched_by_weight, read_ahead
from index.catalogue.catalogue import Catalogue, LabelRow
from index.catalogue.decision_log import Named
from index.catalogue.foreign.tables import copy_table, is_foreign, shown
from index.errors import BadInput
from index.files.columns import Columns
from index.files.product_reader import Original, Read, Reject, read_profiled, read_records
from index.files.profile import FileProfile, profile_file, refuse_untitled
from index.files.readers.options import ReadingOptions
from index.files.row_reader import check
from index.integrity.digest_names import name_by_content
from index.privacy.masking import mask as mask_text
from index.privacy.personal_data import Kind
from index.product import Attribute, Product
from index.progress import Progress
from index.store import Store
from index.text.folding import fold
from tagger.vocabulary import Vocabulary, from_rows
from tagger.vocabulary.product_tags import own_name
from tagger.vocabulary.stored import labels_of
from tagger.vocabulary.stored_tags import StoredTags, TagPolicy

log = logging.getLogger(__name__)

# A batch costs a scan of the catalogue, so it is large; long texts make it shorter, to save memory.
_BATCH = 10_000
_BATCH_CHARS = 2_000_000


@dataclass(frozen=True)
class Ingested:
    """Row counts of an ingest, the path of the file with the rejected rows, and what was found out about each file.

    `format` names the dialects of the files.
    """

    read: int
    accepted: int
    rejected: int
    rejects: str
    files: Sequence[Mapping[str, Any]] = ()
    format: str = ""


def ingest(
    store: Store,
    paths: Sequence[Path],
    progress: Progress,
    *,
    columns: Columns | None = None,
    vocabulary: Vocabulary | None = None,
    reading: ReadingOptions | None = None,
    tags: TagPolicy = "",
    mask: Collection[Kind] = (),
) -> Ingested:
    """Write all products of the files to the catalogue in batches; a batch is durable once it is logged as safe.

    Every file is read to its end before the first write. A second run after an interruption replaces products with the
    same ones. A tag that the vocabulary knows by an alias or a label is stored under its own name, and one that the
    catalogue has in another case under the name that it has. Decisions on a product are applied again to the tags in
    the file. Personal data of the kinds in `mask` is masked. Raises `BadInput` if a file cannot be read at all,
    or none of its rows is a product.
    """
    profiles = profile_files(paths, columns, reading)
    return ingest_profiled(store, profiles, progress, vocabulary=vocabulary, tags=tags, mask=mask)


@contextlib.contextmanager
def readable_files(sources: Sequence[Path | str], reading: ReadingOptions | None = None) -> Iterator[list[Path]]:
    """Yield the files of some sources for a while: tables of databases that DuckDB reads are copied to files first.

    Raises `BadInput` if a file is missing or of an unknown kind, or a table cannot be read.
    """
    with tempfile.TemporaryDirectory() as folder:
        paths = [_local(source, Path(folder) / str(place), reading) for place, source in enumerate(sources)]
        for path in paths:
            check(path)
        yield paths


def _local(source: Path | str, folder: Path, reading: ReadingOptions | None) -> Path:
    if not is_foreign(str(source)):
        return Path(source)
    folder.mkdir()
    # The name is shown in reports.
    path = folder / f"{Path(shown(str(source))).name}.parquet"
    copy_table(str(source), reading.table if reading else "", path)
    return path


def profile_files(
    paths: Sequence[Path], columns: Columns | None = None, reading: ReadingOptions | None = None
) -> list[FileProfile]:
    """Find out how files are laid out. Raises `BadInput` if one cannot be read at all, or has no column of titles."""
    profiles = [profile_file(path, columns or Columns(), reading or ReadingOptions()) for path in paths]
    for profile in profiles:
        refuse_untitled(profile)
    return profiles


def ingest_profiled(
    store: Store,
    profiles: Sequence[FileProfile],
    progress: Progress,
    *,
    vocabulary: Vocabulary | None = None,
    tags: TagPolicy = "",
    mask: Collection[Kind] = (),
) -> Ingested:
    """Write the products of files whose layout is known as `ingest` does."""
    sizes = [profile.path.stat().st_size for profile in profiles]
    outcomes = _Outcomes(profiles)
    # DuckDB leaves a core to Python while it writes.
    batches = read_ahead(_batched(_masked(outcomes.read(), mask)))
    done = _ingest(store, _reported(batches, sizes, progress), vocabulary, tags)
    outcomes.refuse_empty(done.rejects)
    formats = dict.fromkeys(profile.survey.dialect.name for profile in profiles)
    return replace(done, files=[_report(profile, tags) for profile in profiles], format=", ".join(formats))


def _report(profile: FileProfile, tags: TagPolicy) -> dict[str, Any]:
    given = "tags" in profile.survey.reading.fields
    return {**profile.as_dict(), "stored_tags": (tags or "replace") if given else "keep"}


class _Outcomes:
    """Reads files, and keeps in mind which of them have products, and why another one has none."""

    def __init__(self, profiles: Sequence[FileProfile]) -> None:
        self._profiles = profiles
        self._first: dict[Path, Reject] = {}
        self._useful: set[Path] = set()

    def read(self) -> Iterator[Read]:
        """Yield all rows of all files."""
        path = Path()

        def begun() -> Iterator[FileProfile]:
            nonlocal path
            for profile in self._profiles:
                path = profile.path
                yield profile

        for each in read_profiled(begun()):
            if isinstance(each.outcome, Reject):
                self._first.setdefault(path, each.outcome)
            else:
                self._useful.add(path)
            yield each

    def refuse_empty(self, rejects: str) -> None:
        """Raise `BadInput` if a file has rows, but no product."""
        for profile in self._profiles:
            first = self._first.get(profile.path)
            if first and profile.path not in self._useful:
                about = {"path": profile.path, "line": first.line, "reason": first.reason, "rejects": rejects}
                if not profile.columns:
                    raise BadInput("ingest.no-row", **about)
                raise BadInput("ingest.no-product", available=", ".join(profile.columns), **about)


def ingest_records(
    store: Store,
    records: Iterable[Mapping[str, object] | Product],
    progress: Progress,
    *,
    columns: Columns | None = None,
    vocabulary: Vocabulary | None = None,
    tags: TagPolicy = "",
    mask: Collection[Kind] = (),
) -> Ingested:
    """Write records from Python as `ingest` writes the rows of files; an iterator is read batch by batch."""
    total = len(records) if isinstance(records, Sized) else 0
    read = _masked(read_records(records, columns=columns), mask)
    # Objects of a program may belong to its thread, such as rows of its database.
    return _ingest(store, _reported(_batched(read), [total], progress), vocabulary, tags)


def _masked(read: Iterable[Read], kinds: Collection[Kind]) -> Iterable[Read]:
    """Mask personal data in the texts of products; an id made from the texts stays the one of the unmasked ones."""
    return (_mask_row(each, kinds) for each in read) if kinds else read


def _mask_row(read: Read, kinds: Collection[Kind]) -> Read:
    product, original = read.outcome, read.original
    if not isinstance(product, Product):
        return read

    def masked(text: str, lang: str = product.lang) -> str:
        return mask_text(text, lang, kinds)

    others = tuple(
        replace(each, title=masked(each.title, each.lang), description=masked(each.description, each.lang))
        for each in product.translations
    )
    product = replace(
        product, title=masked(product.title), description=masked(product.description), translations=others
    )
    if original:
        original = replace(original, title=masked(original.title), description=masked(original.description))
    return replace(read, outcome=product, original=original)


def _ingest(store: Store, batches: Iterable[list[Read]], vocabulary: Vocabulary | None, policy: TagPolicy) -> Ingested:
    stored = from_rows(store.catalogue.labels())
    if vocabulary is not None:
        # A vocabulary takes the place of another one, but not of what products say of their attributes.
        kept = [entry for entry in stored.of_attributes() if entry.tag not in vocabulary]
        vocabulary = vocabulary.with_entries(kept)
        store.catalogue.set_labels(vocabulary.rows(), vocabulary.parent_rows(), vocabulary.detail_rows())
    known = vocabulary or stored
    now = labels_of(store.catalogue)

    spelled = _Spellings(store.catalogue.tag_counts())
    facets = _Facets(store.catalogue, known)

    # Many products have the same tags.
    @cache
    def canonical(tag: str) -> str:
        return known.canonical(spelled.usual(tag))

    def named(product: Product, tag: str) -> str:
        """Return the name under which the product has the tag, even if people renamed it since."""
        return own_name(product, now.canonical(tag), now) or canonical(tag)

    tags_before = StoredTags(store.catalogue, policy)
    accepted = rejected = 0
    with _Rejects(store.folder / "rejects") as rejects:
        for batch in batches:
            products = [each for each in batch if isinstance(each.outcome, Product)]
            _write(store, products, tags_before, canonical, named, facets)
            refused = [each.outcome for each in batch if isinstance(each.outcome, Reject)]
            rejects.write(refused)
            accepted += len(products)
            rejected += len(refused)
            log.info("%d products are safe, %d rows rejected", accepted, rejected)
    return Ingested(accepted + rejected, accepted, rejected, str(rejects.path))


class _Rejects:
    """Writes the file of the rejected rows; at the end, its name declares its content."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}.jsonl"
        self._file = self.path.open("w", encoding="utf-8")

    def write(self, rejects: Sequence[Reject]) -> None:
        """Append rejected rows."""
        self._file.writelines(json.dumps(reject.as_dict(), ensure_ascii=False) + "\n" for reject in rejects)
        self._file.flush()

    def __enter__(self) -> "_Rejects":
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.path = name_by_content(self.path)


class _Spellings:
    """The tags of a catalogue; a new tag that differs from one of them in case only is the same tag."""

    def __init__(self, counts: Mapping[str, int]) -> None:
        self._by_name = {fold(tag): tag for tag in sorted(counts, key=lambda tag: (counts[tag], tag))}
        self._usual = {tag: tag for tag in counts}

    def usual(self, tag: str) -> str:
        """Return a tag as it is spelled in the catalogue; a tag that is new is spelled like this from now on."""
        if tag not in self._usual:
            self._usual[tag] = self._by_name.setdefault(fold(tag), tag)
        return self._usual[tag]


class _Facets:
    """Gives the tags of attributes their facets in the catalogue."""

    def __init__(self, catalogue: Catalogue, known: Vocabulary) -> None:
        self._catalogue = catalogue
        self._known = known
        self._names = {fold(entry.facet): entry.facet for entry in reversed(list(known)) if entry.facet}
        self._written = {entry.tag for entry in known}
        self._own: dict[Attribute, str] = {}

    def tag_of(self, attribute: Attribute) -> str:
        """Return the tag of the vocabulary that says the same under the same facet, else the attribute's own one."""
        if attribute not in self._own:
            tag = self._known.canonical(attribute.value)
            same = fold(self._known.facet(tag)) == fold(attribute.name)
            name = self._names.setdefault(fold(attribute.name), attribute.name)
            self._own[attribute] = tag if same else replace(attribute, name=name).tag
        return self._own[attribute]

    def write(self, attributes: Mapping[str, Attribute]) -> None:
        """Write the facets of attributes, by their tags, before the products that have these."""
        new = {tag: each for tag, each in attributes.items() if tag not in self._written}
        self._catalogue.add_labels([LabelRow(tag, self._facet(tag, each), "", tag, 0) for tag, each in new.items()])
        self._written |= new.keys()

    def _facet(self, tag: str, attribute: Attribute) -> str:
        name = self._names[fold(attribute.name)]
        # A tag in another spelling names its facet in its own one.
        return name if Attribute.of(tag, name) else tag.partition(": ")[0]


def _write(
    store: Store,
    batch: Sequence[Read],
    before: StoredTags,
    canonical: Callable[[str], str],
    named: Named,
    facets: _Facets,
) -> None:
    products: list[Product] = []
    originals: list[Original | None] = []
    typed: dict[str, Attribute] = {}
    for each in batch:
        assert isinstance(each.outcome, Product)
        product = each.outcome
        own = {attribute.tag: facets.tag_of(attribute) for attribute in product.attributes}
        names = {tag: canonical(own.get(tag, tag)) for tag in product.tags}
        typed |= {names[attribute.tag]: attribute for attribute in product.attributes if attribute.tag in names}
        tags = tuple(dict.fromkeys(names.values()))
        products.append(product if tags == product.tags else replace(product, tags=tags))
        originals.append(each.original)
    facets.write(typed)
    products = before.combine(products, [each.has_tags for each in batch])
    store.catalogue.upsert(products, originals, named)


def _batched(read: Iterable[Read]) -> Generator[list[Read], None, None]:
    return batched_by_weight(read, _BATCH, _chars, _BATCH_CHARS)


def _reported(batches: Iterable[list[Read]], sizes: Sequence[int], progress: Progress) -> Iterable[list[Read]]:
    """Yield the batches, and report progress against the total size of all sources."""
    total = sum(sizes)
    before = position = 0
    for number, batch in enumerate(batches):
        if number:
            # The batch before is safe now.
            progress("ingest", min(before + position, total or position), total or position)
        for each in batch:
            if each.position < position:
                before += position
            position = each.position
        yield batch
    # The length of an iterator is only known at its end.
    progress("ingest", total or position, total or position)


def _chars(read: Read) -> int:
    product = read.outcome
    return len(product.title) + len(product.description) if isinstance(product, Product) else 0

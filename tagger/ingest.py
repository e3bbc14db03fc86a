"""Ingest files into a store: products go to the catalogue, rejected rows to a file with their reasons."""

import json
import logging
import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence, Sized
from dataclasses import dataclass, replace
from pathlib import Path

from index.batching import batched
from index.catalogue.decision_log import Named
from index.files.product_reader import Columns, Original, Read, Reject, read_products, read_records
from index.product import Product
from index.progress import Progress
from index.store import Store
from tagger.vocabulary import Vocabulary, from_rows
from tagger.vocabulary.product_tags import own_name
from tagger.vocabulary.stored import labels_of

log = logging.getLogger(__name__)

_BATCH = 5000


@dataclass(frozen=True)
class Ingested:
    """Row counts of an ingest, and the path of the file with the rejected rows."""

    read: int
    accepted: int
    rejected: int
    rejects: str


def ingest(
    store: Store,
    paths: Sequence[Path],
    progress: Progress,
    *,
    columns: Columns | None = None,
    vocabulary: Vocabulary | None = None,
) -> Ingested:
    """Write all products of the files to the catalogue in batches; a batch is durable once it is logged as safe.

    A second run after an interruption replaces products with the same ones. A tag that the vocabulary knows by an
    alias or a label is stored under its own name. Decisions on a product are applied again to the tags in the file.
    """
    read = read_products(paths, columns=columns)
    return _ingest(store, _batches(read, [path.stat().st_size for path in paths], progress), vocabulary)


def ingest_records(
    store: Store,
    records: Iterable[Mapping[str, object] | Product],
    progress: Progress,
    *,
    columns: Columns | None = None,
    vocabulary: Vocabulary | None = None,
) -> Ingested:
    """Write records from Python as `ingest` writes the rows of files; an iterator is read batch by batch."""
    total = len(records) if isinstance(records, Sized) else 0
    return _ingest(store, _batches(read_records(records, columns=columns), [total], progress), vocabulary)


def _ingest(store: Store, batches: Iterable[list[Read]], vocabulary: Vocabulary | None) -> Ingested:
    if vocabulary is not None:
        store.catalogue.set_labels(vocabulary.rows(), vocabulary.parent_rows())
    known = vocabulary or from_rows(store.catalogue.labels())
    now = labels_of(store.catalogue)

    def named(product: Product, tag: str) -> str:
        """Return the name under which the product has the tag, even if people renamed it since."""
        return own_name(product, now.canonical(tag), now) or known.canonical(tag)

    rejects = store.folder / "rejects" / f"{time.strftime('%Y%m%d-%H%M%S')}-{uuid.uuid4().hex[:6]}.jsonl"
    rejects.parent.mkdir(exist_ok=True)
    accepted = rejected = 0
    with rejects.open("w", encoding="utf-8") as file:
        for batch in batches:
            products = [each for each in batch if isinstance(each.outcome, Product)]
            _write(store, products, known.canonical, named)
            refused = [each.outcome for each in batch if isinstance(each.outcome, Reject)]
            file.writelines(json.dumps(reject.as_dict(), ensure_ascii=False) + "\n" for reject in refused)
            file.flush()
            accepted += len(products)
            rejected += len(refused)
            log.info("%d products are safe, %d rows rejected", accepted, rejected)
    return Ingested(accepted + rejected, accepted, rejected, str(rejects))


def _write(store: Store, batch: Sequence[Read], canonical: Callable[[str], str], named: Named) -> None:
    products: list[Product] = []
    originals: list[Original | None] = []
    for each in batch:
        assert isinstance(each.outcome, Product)
        tags = tuple(dict.fromkeys(map(canonical, each.outcome.tags)))
        products.append(replace(each.outcome, tags=tags))
        originals.append(each.original)
    store.catalogue.upsert(products, originals, named)


def _batches(read: Iterable[Read], sizes: Sequence[int], progress: Progress) -> Iterable[list[Read]]:
    """Yield rows in batches, and report progress against the total size of all sources."""
    total = sum(sizes)
    before = position = 0
    for batch in batched(read, _BATCH):
        for each in batch:
            if each.position < position:
                before += position
            position = each.position
        yield batch
        # The last, shorter batch is reported below.
        if len(batch) == _BATCH:
            progress("ingest", min(before + position, total or position), total or position)
    # The length of an iterator is only known at its end.
    progress("ingest", total or position, total or position)

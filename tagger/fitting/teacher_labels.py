"""Labels that a large model gave: kept apart from people's in a publication of their own, and used by `fit`."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from index.product import Product
from index.store import TEACHER, Store
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import canonical

_FILE = "labels.json"


def publish_labels(store: Store, labels: Mapping[str, Sequence[str]], about: Mapping[str, Any]) -> None:
    """Make these tags by product id the store's labels of the teacher, in place of former ones."""
    with store.publication(TEACHER, dict(about)) as folder:
        (folder / _FILE).write_text(json.dumps(dict(labels), ensure_ascii=False, indent=0), "utf-8")


def drop_labels(store: Store, ids: Collection[str]) -> None:
    """Delete the teacher's labels of these products."""
    if TEACHER not in store.manifest().publications:
        return
    folder, about = store.published(TEACHER)
    labels = json.loads((folder / _FILE).read_text("utf-8"))
    publish_labels(store, {id: tags for id, tags in labels.items() if id not in ids}, about)


def labels_in_force(store: Store) -> str | None:
    """Return the name of the publication of the teacher's labels, None if there is none."""
    publication = store.manifest().publications.get(TEACHER)
    return publication.folder if publication else None


def taught_products(store: Store, vocabulary: Vocabulary) -> list[Product]:
    """Return the products that have labels of the teacher only, with the current names of their tags.

    A product that a person gave tags to has none of the teacher's, and a tag that a person rejected for a product or
    took off it does not come back. Raises `StaleArtifact` if the labels are damaged.
    """
    if labels_in_force(store) is None:
        return []
    labels: dict[str, list[str]] = json.loads((store.published(TEACHER)[0] / _FILE).read_text("utf-8"))
    refused = {(each.product, each.tag) for each in store.decisions.active() if not each.wanted}
    taught = [
        replace(product, tags=tuple(tag for tag in labels[product.id] if (product.id, tag) not in refused))
        for product in store.catalogue.get(list(labels))
        if not product.tags
    ]
    return [product for product in canonical(taught, vocabulary) if product.tags]

"""List the tags of a store's products that are probably wrong or missing."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from index.errors import MissingArtifact
from index.product import Product
from index.store import FITTED, Store
from tagger.evaluation import held_out, label_errors
from tagger.evaluation.evaluate import FUSED
from tagger.evaluation.held_out import HeldOut
from tagger.evaluation.label_errors import LabelError, find_errors
from tagger.types import Suggestion
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import canonical
from tagger.vocabulary.stored import vocabulary_of


@dataclass(frozen=True)
class ListedError(LabelError):
    """A probable error, with the product's title."""

    title: str


@dataclass(frozen=True)
class Checked:
    """The surest of `found` probable errors among the `labels` tags of `products` products."""

    products: int
    labels: int
    found: int
    errors: Sequence[ListedError]


def check_labels(store: Store, limit: int) -> Checked:
    """Compare the products' present tags with what the last `fit` predicted for them without having seen these tags.

    Tags that somebody decided on are not in doubt. Products that came after the fit are not checked. Raises
    `MissingArtifact` if the fit predicted nothing: there was none, or with too few labels.
    """
    vocabulary = vocabulary_of(store.catalogue)
    products = {each.id: each for each in canonical(store.catalogue.products(labelled=True), vocabulary) if each.tags}
    held = _as_now(held_out.load(_predictions(store)), products, vocabulary)
    settled = {(each.product, vocabulary.canonical(each.tag)) for each in store.decisions.active()}
    found = find_errors(held, vocabulary.facet, settled)
    listed = [ListedError(**vars(each), title=_title(products[each.product])) for each in found[:limit]]
    return Checked(len(held.ids), sum(map(len, held.gold)), len(found), listed)


def _predictions(store: Store) -> Path:
    """Return the file with the predictions for all products; a fit of before kept only those of a sample."""
    folder = store.published(FITTED)[0]
    for name in (label_errors.FILE, held_out.FILE):
        if (folder / name).is_file():
            return folder / name
    raise MissingArtifact("check.no-predictions", folder=store.folder)


def _as_now(held: HeldOut, products: dict[str, Product], vocabulary: Vocabulary) -> HeldOut:
    """Return the predictions under the current names, with the products' tags of now instead of those of the fit."""
    kept = [(id, ranking) for id, ranking in zip(held.ids, held.rankings[FUSED], strict=True) if id in products]
    renamed = [
        [Suggestion(vocabulary.canonical(tag), score) for tag, score in ranking if not vocabulary.drops(tag)]
        for _, ranking in kept
    ]
    ids = [id for id, _ in kept]
    return replace(held, ids=ids, gold=[products[id].tags for id in ids], rankings={FUSED: renamed})


def _title(product: Product) -> str:
    return product.title or product.description[:80]

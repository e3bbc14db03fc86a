"""Divide products into those to train on, to validate on and to test on."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from finetune.seq2seq.cases import Case, cases
from index.errors import BadInput
from index.files.product_reader import Reject, read_products
from index.neighbours import Neighbours
from index.product import Product
from tagger.splits import part
from tagger.vocabulary import Vocabulary


@dataclass(frozen=True)
class Split:
    """Cases, divided by their products' texts alone (`tagger.splits`)."""

    training: Sequence[Case]
    validation: Sequence[Case]
    test: Sequence[Case]

    def fingerprint(self) -> str:
        """Hash the content: the same products with the same tags and neighbours have the same fingerprint."""
        digest = hashlib.blake2b(digest_size=8)
        for case in (*self.training, *self.validation, *self.test):
            digest.update(json.dumps(asdict(case), ensure_ascii=False).encode())
        return digest.hexdigest()


def split_of(products: Iterable[Product], vocabulary: Vocabulary, neighbours: Neighbours) -> Split:
    """Divide the labelled products, and find the neighbours of each among those to train on.

    Tags are replaced by the vocabulary's names for them. If no product falls into the validation tenth, the test tenth
    is used for validation. Raises `BadInput` if there is nothing to train on, or nothing to validate on.
    """
    under_names = (replace(product, tags=vocabulary.named(product.tags)) for product in products)
    named = [product for product in under_names if product.tags]
    if not named:
        raise BadInput("finetune.no-labels")
    training, validation, test = divide(named)
    neighbours.fit(training)
    return Split(*(cases(each, neighbours) for each in (training, validation, test)))


def divide(labelled: Sequence[Product]) -> tuple[list[Product], list[Product], list[Product]]:
    """Divide labelled products, by their texts alone, into those to train on, to validate on and to test on.

    Raises `BadInput` if there is nothing to train on, or nothing to validate on.
    """
    training, validation, test = (
        [product for product in labelled if part(product) == each] for each in ("training", "validation", "test")
    )
    if not training or not (validation or test):
        raise BadInput("finetune.split-too-small", count=len(labelled))
    return training, validation or test, test


def read_labelled(path: Path) -> list[Product]:
    """Read the products of a file; raises `BadInput` at the first row that is rejected."""
    outcomes = [read.outcome for read in read_products([path])]
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            raise BadInput("file.row", file=outcome.file, line=outcome.line, reason=outcome.reason)
    return [outcome for outcome in outcomes if isinstance(outcome, Product)]

"""Which products are trained on, and which ones show how it goes."""

import hashlib
import json
import random
import re
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from index.errors import BadInput
from index.product import Product
from index.reading import Reject, read_products
from tagger.split import part
from tagger.vocabulary import Vocabulary

# A Chinese sentence ends with its sign, an English one with its sign and a space.
_SENTENCE_END = re.compile(r"(?<=[。!?;])(?=\S)|(?<=[.!?;]) ")


@dataclass(frozen=True)
class Split:
    """Labelled products, divided by their texts alone (`tagger.split`)."""

    training: Sequence[Product]
    validation: Sequence[Product]
    test: Sequence[Product]

    def fingerprint(self) -> str:
        """Name the content: the same products with the same tags have the same fingerprint."""
        digest = hashlib.blake2b(digest_size=8)
        for product in (*self.training, *self.validation, *self.test):
            digest.update(json.dumps(asdict(product), ensure_ascii=False).encode())
        return digest.hexdigest()


def split_of(products: Iterable[Product], vocabulary: Vocabulary) -> Split:
    """Divide the products that have tags; tags take the vocabulary's names for them.

    Where no product falls into the validation tenth, the test tenth is validated on. Raises `BadInput` where there is
    nothing to train on, or nothing to validate on.
    """
    named = [_canonical(product, vocabulary) for product in products if product.tags]
    if not named:
        raise BadInput("no product has tags, so there is nothing to train on; ingest labelled products first")
    training, validation, test = ([p for p in named if part(p) == each] for each in ("training", "validation", "test"))
    if not training or not (validation or test):
        raise BadInput(f"{len(named)} labelled products are too few: none is left to train on, or none to validate on")
    return Split(training, validation or test, test)


def _canonical(product: Product, vocabulary: Vocabulary) -> Product:
    return replace(product, tags=tuple(dict.fromkeys(map(vocabulary.canonical, product.tags))))


def read_labelled(path: Path) -> list[Product]:
    """Read the products of a file; raises `BadInput` for the first row that is none."""
    outcomes = [read.outcome for read in read_products([path])]
    for outcome in outcomes:
        if isinstance(outcome, Reject):
            raise BadInput(f"{outcome.file} line {outcome.line}: {outcome.reason}")
    return [outcome for outcome in outcomes if isinstance(outcome, Product)]


def unchanged(product: Product, rng: random.Random) -> Product:
    """Return the product as it is."""
    return product


def reordered(product: Product, rng: random.Random) -> Product:
    """Put the description's sentences in a random order: they say the same of the product in any."""
    sentences = [sentence for sentence in _SENTENCE_END.split(product.description) if sentence]
    rng.shuffle(sentences)
    return replace(product, description=("" if product.lang == "zh" else " ").join(sentences))

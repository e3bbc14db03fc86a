"""The fitted pipeline, opened for measurements: the vectors of earlier calls can be forgotten."""

import time
from collections.abc import Callable, Sequence
from typing import Any

from benchmarks.speed.material import fitted_store
from benchmarks.speed.timing import seconds_of
from index.encoders.base import Encoder
from index.encoders.sentence_encoder import create
from index.product import Product
from index.store import FITTED
from tagger.load import open_pipeline, published_encoder
from tagger.settings import settings_from

SHOWN = 10
ENCODER, FUSION = "encoder", "fusion"


class OpenedPipeline:
    """The pipeline without the generator, its encoder, and the same encoder without the cache of vectors."""

    def __init__(self) -> None:
        store = fitted_store()
        settings = settings_from(store.published(FITTED)[1]["settings"])
        self._cached = published_encoder(store)
        self.pipeline = open_pipeline(store, self._cached).quick()
        self.bare: Encoder = create(settings.weights, **settings.encoder.options)
        self._candidates = settings.fusion.candidates

    def tag(self, products: Sequence[Product]) -> Any:
        """Tag products whose vectors are not known."""
        return self._uncached(products, lambda: self.pipeline.tag(products, SHOWN))

    def explain(self, products: Sequence[Product]) -> Any:
        """Tag one product whose vector is not known, with evidence."""
        return self._uncached(products, lambda: self.pipeline.explain(products[0], SHOWN))

    def parts(self, products: Sequence[Product]) -> dict[str, float]:
        """Return the seconds of the encoder, of each tagger with the vectors at hand, and of the fusion."""
        texts = [product.text for product in products]
        spent = {ENCODER: seconds_of(lambda: self.bare.encode(texts))}
        self._cached.encode(texts)
        rankings = {}
        for name, tagger in self.pipeline.taggers.items():
            start = time.perf_counter()
            rankings[name] = tagger.suggest(products, self._candidates)
            spent[name] = time.perf_counter() - start
        spent[FUSION] = seconds_of(lambda: self.pipeline.fuse(products, rankings, SHOWN))
        return spent

    def _uncached(self, products: Sequence[Product], run: Callable[[], Any]) -> Any:
        assert not any(self._cached.has(product.text) for product in products), "a test product is in the store"
        # The encoder remembers the latest vectors, and every measurement asks for the same products.
        self._cached._recent = {}
        return run()

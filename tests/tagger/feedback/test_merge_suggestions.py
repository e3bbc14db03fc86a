"""Likely merges as shown on the page while models and products change."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from index.catalogue.catalogue import Catalogue
from index.catalogue.database import Database
from index.encoders.vector_cache import CachedEncoder, VectorCache
from index.product import Product
from index.progress import silent
from index.vectors.base import Matrix
from tagger.feedback.merge_suggestions import LikelyMerges

ANGLES = {"couch": 0, "sofa": 20, "lamp": 120}


class Angles:
    """Encodes names as directions in the plane."""

    name, dim = "angles", 2

    def encode(self, texts: Sequence[str]) -> Matrix:
        radians = np.radians([ANGLES[text] for text in texts])
        return np.stack([np.cos(radians), np.sin(radians)], axis=1).astype(np.float32)


def test_vectors_that_came_with_other_models_are_looked_at_though_no_product_has_come(tmp_path: Path) -> None:
    catalogue = Catalogue(Database(tmp_path / "catalogue.duckdb"))
    catalogue.create()
    catalogue.upsert([Product(tag, tag, "", "en", (tag,)) for tag in ANGLES])
    opened = [CachedEncoder(Angles(), VectorCache(tmp_path / "vectors"))]
    merges = LikelyMerges(catalogue, lambda: opened[-1])
    assert not merges.sought
    assert merges.found() == []
    assert merges.sought
    CachedEncoder(Angles(), VectorCache(tmp_path / "vectors")).warm(list(ANGLES), silent)
    opened.append(CachedEncoder(Angles(), VectorCache(tmp_path / "vectors")))
    assert [(each.tag, each.into, each.why) for each in merges.found()] == [("sofa", "couch", "near in meaning")]

"""Rebuild the demo's packaged files; run this after its material changes.

python -m tagger.demo.build
"""

import gzip
import io
import json
import shutil
import tempfile
from dataclasses import asdict
from pathlib import Path

from tagger.demo.material import departments, facet_labels, several_occasions
from tagger.demo.paths import FUSION, MADE_WITH, PRODUCTS, VECTORS, VOCABULARY
from tagger.demo.shop import Shop, listings, vocabulary_entries
from tagger.vocabulary import write_tsv


def build(products: Path = PRODUCTS, vocabulary: Path = VOCABULARY) -> None:
    """Write the products and the vocabulary; the output is the same byte for byte each time."""
    shop = Shop(departments(), facet_labels(), several_occasions())
    lines = [json.dumps(asdict(listing), ensure_ascii=False) for listing in listings(shop)]
    packed = io.BytesIO()
    # No time stamp: the file changes only with its content.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    products.write_bytes(packed.getvalue())
    write_tsv(vocabulary_entries(shop.departments, shop.facets), vocabulary)


def build_vectors() -> None:
    """Embed the products with the default encoder, to speed up the first start; known vectors are reused."""
    from index.encoders.sentence_encoder import create
    from index.encoders.vector_cache import CachedEncoder, VectorCache, folder_of
    from index.files.product_reader import read_products
    from index.product import Product
    from tagger.demo.store import settings_of_demo

    read_back = [each.outcome for each in read_products([PRODUCTS])]
    texts = [each.text for each in read_back if isinstance(each, Product)]
    # The vectors are used on any machine.
    encoder = create(settings_of_demo().weights, arithmetic="float32")
    cache = VectorCache(VECTORS)
    CachedEncoder(encoder, cache).warm(texts, _print)
    vectors = cache.lookup(texts)
    shutil.rmtree(VECTORS)
    VectorCache(VECTORS).append(texts, vectors)
    [path] = VECTORS.iterdir()
    path.rename(VECTORS / f"{folder_of(encoder)}.safetensors")


def build_fusion() -> None:
    """Fit the demo's store and save its ranker and thresholds: training them takes most of the time of a fit."""
    from index.store import Store
    from tagger.demo.store import fill, fusion_inputs, settings_of_demo
    from tagger.fit import fit
    from tagger.fitting.fusion_training import keep_fusion

    settings = settings_of_demo()
    with tempfile.TemporaryDirectory() as folder:
        with Store.writer(Path(folder) / "demo", settings.catalogue, create=True) as store:
            fill(store, settings, _print)
            fit(store, settings, _print)
            shutil.rmtree(FUSION, ignore_errors=True)
            FUSION.mkdir()
            keep_fusion(store, FUSION)
            made = json.dumps(fusion_inputs(store, settings), ensure_ascii=False, indent=1)
            (FUSION / MADE_WITH).write_text(made + "\n", "utf-8")


def _print(stage: str, done: int, total: int) -> None:
    print(f"{stage}: {done} of {total}")


if __name__ == "__main__":
    build()
    build_vectors()
    build_fusion()

"""Write the files of the demo that ship: run after a change of its material.

python -m tagger.demo.build
"""

import gzip
import io
import json
import shutil
from dataclasses import asdict
from pathlib import Path

from tagger.demo.material import departments, facet_labels, several_occasions
from tagger.demo.shop import Shop, listings, vocabulary_entries
from tagger.vocabulary import write_tsv

FOLDER = Path(__file__).parent
PRODUCTS = FOLDER / "products.jsonl.gz"
VOCABULARY = FOLDER / "vocabulary.tsv"
VECTORS = FOLDER / "vectors"


def build(products: Path = PRODUCTS, vocabulary: Path = VOCABULARY) -> None:
    """Write the products and the vocabulary; the same bytes each time."""
    shop = Shop(departments(), facet_labels(), several_occasions())
    lines = [json.dumps(asdict(listing), ensure_ascii=False) for listing in listings(shop)]
    packed = io.BytesIO()
    # No time stamp: the file changes only with its content.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    products.write_bytes(packed.getvalue())
    write_tsv(vocabulary_entries(shop.departments, shop.facets), vocabulary)


def build_vectors() -> None:
    """Embed the products with the default encoder, so that the first start need not; known texts are taken over."""
    from index.encoder import create
    from index.product import Product
    from index.reading import read_products
    from index.vector_cache import CachedEncoder, VectorCache, folder_of
    from tagger.settings import read

    read_back = [each.outcome for each in read_products([PRODUCTS])]
    texts = [each.text for each in read_back if isinstance(each, Product)]
    encoder = create(read().weights_settings())
    cache = VectorCache(VECTORS)
    CachedEncoder(encoder, cache).warm(texts, lambda stage, done, total: print(f"{stage}: {done} of {total}"))
    vectors = cache.lookup(texts)
    shutil.rmtree(VECTORS)
    VectorCache(VECTORS).append(texts, vectors)
    [path] = VECTORS.iterdir()
    path.rename(VECTORS / f"{folder_of(encoder)}.safetensors")


if __name__ == "__main__":
    build()
    build_vectors()

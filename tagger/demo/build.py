"""Write the files of the demo that ship: run after a change of its material.

    python -m tagger.demo.build
"""

import gzip
import io
import json
from dataclasses import asdict
from pathlib import Path

from tagger.demo.material import departments, facet_labels
from tagger.demo.shop import listings, vocabulary_entries
from tagger.vocabulary import write_tsv

FOLDER = Path(__file__).parent
PRODUCTS = FOLDER / "products.jsonl.gz"
VOCABULARY = FOLDER / "vocabulary.tsv"


def build() -> None:
    """Write the products and the vocabulary; the same bytes each time."""
    shop, facets = departments(), facet_labels()
    lines = [json.dumps(asdict(listing), ensure_ascii=False) for listing in listings(shop, facets)]
    packed = io.BytesIO()
    # No time stamp: the file changes only with its content.
    with gzip.GzipFile(fileobj=packed, mode="wb", mtime=0) as file:
        file.write(("\n".join(lines) + "\n").encode())
    PRODUCTS.write_bytes(packed.getvalue())
    write_tsv(vocabulary_entries(shop, facets), VOCABULARY)


if __name__ == "__main__":
    build()

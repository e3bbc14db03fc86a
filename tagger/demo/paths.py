"""Paths of the demo's packaged files."""

from pathlib import Path

FOLDER = Path(__file__).parent
PRODUCTS = FOLDER / "products.jsonl.gz"
VOCABULARY = FOLDER / "vocabulary.tsv"
EXAMPLES = FOLDER / "examples.json"
VECTORS = FOLDER / "vectors"
FUSION = FOLDER / "fusion"
MADE_WITH = "made_with.json"

"""The command `tagweave finetune STORE`: an adapter from a store's labelled products, published in the store."""

import shutil
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from finetune.base import load_base
from finetune.curves import best_of, write_picture
from finetune.data import split_of
from finetune.lora import save_adapter, tune
from finetune.settings import LoraSettings
from index.catalogue import CatalogueSettings
from index.progress import Progress
from index.store import Store
from index.weights import WeightsSettings
from tagger.pretrained import ABOUT, about_adapter, find_base
from tagger.vocabulary import from_rows

WORK = "training"


def run(
    folder: Path, settings: LoraSettings, weights: WeightsSettings, catalogue: CatalogueSettings, progress: Progress
) -> dict[str, Any]:
    """Train an adapter for the generator and publish it; a training that was killed goes on where it stood.

    Raises `BadInput` for a store with too few labelled products.
    """

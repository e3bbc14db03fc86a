"""The command `tagweave finetune STORE`: an adapter from a store's labelled products, published in the store."""

import json
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from finetune.seq2seq.base_model import load_base
from finetune.seq2seq.dataset import split_of
from finetune.seq2seq.learning_curves import Epoch, write_csv, write_events, write_picture
from finetune.seq2seq.lora import save_adapter, tune
from finetune.seq2seq.settings import LoraSettings
from finetune.seq2seq.trainer import best_of
from index.catalogue.database import CatalogueSettings
from index.encoders.weights import WeightsSettings
from index.errors import BadSetting
from index.neighbours import Neighbours
from index.progress import Progress
from index.store import ADAPTER, Store
from tagger.generation.bases import ABOUT, about_adapter, find_base
from tagger.jobs.learning_curves import CURVES
from tagger.vocabulary.stored import vocabulary_of

_KINDS = {int: "a whole number", float: "a number", str: "text"}


def run(
    folder: Path,
    weights: WeightsSettings,
    catalogue: CatalogueSettings,
    neighbours_of: Callable[[Store], Neighbours],
    progress: Progress,
    changed: Mapping[str, Any],
    *,
    wait_s: float = 0.0,
) -> dict[str, Any]:
    """Train an adapter for the store in a folder.

    `neighbours_of` builds what finds a store's products; `changed` has the settings that are not the defaults; another
    writer is waited for up to `wait_s` seconds. Raises `BadSetting` for an unknown setting, `BadInput` for a store with
    too few labelled products, `StoreLocked` while another process writes.
    """
    settings = settings_of(changed)
    with Store.writer(folder, catalogue, wait_s=wait_s) as store:
        return publish_adapter(store, settings, weights, neighbours_of(store), progress)


def settings_of(changed: Mapping[str, Any]) -> LoraSettings:
    """Put settings over the defaults; raises `BadSetting` that names an unknown one."""
    known = {field.name: field.default for field in fields(LoraSettings)}
    for key, value in changed.items():
        if key not in known:
            raise BadSetting(f"no setting {key!r} of finetune; there are: {', '.join(known)}")
        if not _fits(value, known[key]):
            raise BadSetting(f"finetune's setting {key} must be {_KINDS[type(known[key])]}, not {value!r}")
    return LoraSettings(**changed)


def _fits(value: Any, default: Any) -> bool:
    kinds = (int, float) if isinstance(default, float) else type(default)
    return isinstance(value, kinds) and not isinstance(value, bool)


def publish_adapter(
    store: Store, settings: LoraSettings, weights: WeightsSettings, neighbours: Neighbours, progress: Progress
) -> dict[str, Any]:
    """Train on the store's labelled products and publish the adapter; returns what came of it.

    A call after one that was killed goes on where that stood.
    """
    begun = time.monotonic()
    vocabulary = vocabulary_of(store.catalogue)
    products = store.catalogue.products(labelled=True)
    split = split_of(products, vocabulary, neighbours)
    base = load_base(find_base(settings.base, weights), settings.device)
    work = store.training
    model, history = tune(base, split, vocabulary, settings, work, progress)
    about = about_adapter(base.weights, asdict(settings), _figures(history, len(split.training)))
    with store.publication(ADAPTER, about) as folder:
        save_adapter(model, folder)
        (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
        # Not those of the work's folder: a kill may have come before the last of them.
        write_csv(history, folder / CURVES)
        for epochs in range(1, len(history) + 1):
            write_events(history[:epochs], folder / "events")
        write_picture(history, folder / "curves.png")
    shutil.rmtree(work)
    published, _ = store.published(ADAPTER)
    return {"seconds": time.monotonic() - begun, "adapter": published.name, **about["figures"]}


def _figures(history: list[Epoch], products: int) -> dict[str, Any]:
    best = best_of(history)
    return {
        "products": products,
        "epochs": len(history),
        "best_epoch": best.epoch,
        "micro_f1": best.micro_f1,
        "validation_loss": best.validation_loss,
    }

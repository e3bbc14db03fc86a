"""The command `tagweave finetune STORE`: train an adapter on a store's labelled products and publish it there."""

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any

from finetune.seq2seq.base_model import load_base
from finetune.seq2seq.dataset import split_of
from finetune.seq2seq.lora import save_adapter, tune
from finetune.seq2seq.settings import LoraSettings
from finetune.training import learning_curves
from finetune.training.learning_curves import Epoch
from finetune.training.trainer import best_of
from index.catalogue.database import CatalogueSettings
from index.encoders.weights import WeightsSettings
from index.errors import BadSetting
from index.messages import Message
from index.neighbours import Neighbours
from index.progress import Progress
from index.store import ADAPTER, Store
from tagger.generation.bases import ABOUT, about_adapter, find_base
from tagger.vocabulary.stored import vocabulary_of

_KINDS = {int: Message("value.whole-number"), float: Message("value.number"), str: Message("value.text")}


def run(
    folder: Path,
    weights: WeightsSettings,
    catalogue: CatalogueSettings,
    neighbours_of: Callable[[Store], Neighbours],
    progress: Progress,
    changed: Mapping[str, Any],
    *,
    wait_s: float = 0.0,
    fresh: bool = False,
) -> dict[str, Any]:
    """Train and publish an adapter for the store in a folder; return its figures.

    `neighbours_of` builds the neighbour search for a store; `changed` holds the settings that differ from the defaults;
    `wait_s` is how many seconds to wait for another writer; `fresh` ignores earlier checkpoints. Raises `BadSetting` if
    a setting is unknown, `BadInput` if the store has too few labelled products, `StoreLocked` while another process
    writes.
    """
    settings = settings_of(changed)
    with Store.writer(folder, catalogue, wait_s=wait_s) as store:
        return publish_adapter(store, settings, weights, neighbours_of(store), progress, fresh=fresh)


def settings_of(changed: Mapping[str, Any]) -> LoraSettings:
    """Apply settings over the defaults.

    Raises `BadSetting`, naming the setting, if one is unknown or of the wrong type.
    """
    known = {field.name: field.default for field in fields(LoraSettings)}
    for key, value in changed.items():
        if key not in known:
            raise BadSetting(
                "value.unknown-setting", owner=Message("finetune.owner"), key=key, available=", ".join(known)
            )
        if not _fits(value, known[key]):
            raise BadSetting("finetune.setting-type", key=key, kind=_KINDS[type(known[key])], value=repr(value))
    return LoraSettings(**changed)


def _fits(value: Any, default: Any) -> bool:
    kinds = (int, float) if isinstance(default, float) else type(default)
    return isinstance(value, kinds) and not isinstance(value, bool)


def publish_adapter(
    store: Store,
    settings: LoraSettings,
    weights: WeightsSettings,
    neighbours: Neighbours,
    progress: Progress,
    *,
    fresh: bool = False,
) -> dict[str, Any]:
    """Train on the store's labelled products and publish the adapter; return its figures.

    Resumes the last training, killed or finished, if its checkpoint fits; the last checkpoint is kept.
    """
    begun = time.monotonic()
    vocabulary = vocabulary_of(store.catalogue)
    split = split_of(store.catalogue.products(labelled=True), vocabulary, neighbours)
    base = load_base(find_base(settings.base, weights), settings.device)
    model, outcome = tune(base, split, vocabulary, settings, store.training, progress, fresh=fresh)
    about = about_adapter(base.weights, asdict(settings), _figures(outcome.history, len(split.training)))
    with store.publication(ADAPTER, about) as folder:
        save_adapter(model, folder)
        (folder / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1), "utf-8")
        # Written from the history, not copied from the training folder: a kill may have lost its last curve.
        learning_curves.write_all(outcome.history, folder)
    learning_curves.remove(store.training)
    published, _ = store.published(ADAPTER)
    return {
        "seconds": time.monotonic() - begun,
        "adapter": published.name,
        **about["figures"],
        "resumed_from": outcome.resumed_from,
        "reason": outcome.reason,
    }


def _figures(history: Sequence[Epoch], products: int) -> dict[str, Any]:
    best = best_of(history)
    return {
        "products": products,
        "epochs": history[-1].epoch,
        "best_epoch": best.epoch,
        "micro_f1": best.micro_f1,
        "validation_loss": best.validation_loss,
    }

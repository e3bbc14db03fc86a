"""Delete the texts of products for good: no file of the store contains them afterwards."""

import logging
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from index.encoders.vector_cache import delete_vectors
from index.errors import BadInput
from index.progress import Progress
from index.store import ADAPTER, FITTED, Store
from tagger.fit import fit
from tagger.fitting.teacher_labels import drop_labels
from tagger.llm.answer_cache import LEDGER, forget_answers
from tagger.settings import Settings

log = logging.getLogger(__name__)

# Folders and files that may hold rows of any import or upload; nothing depends on them.
_TEMPORARY: Final = (
    *("rejects", "batches", "evaluations", "training", "training-run"),
    *("catalogue.duckdb.tmp", "catalogue.duckdb.wal.damaged"),
)


@dataclass(frozen=True)
class Forgotten:
    """The numbers of deleted products and decisions, and whether the models were fitted again."""

    products: int
    decisions: int
    fitted: bool


def forget(
    folder: Path, ids: Sequence[str], settings: Settings, progress: Progress, *, wait_s: float = 0.0
) -> Forgotten:
    """Delete products, the decisions on them, and what was made from their texts.

    The catalogue is rewritten, since DuckDB keeps deleted rows in free blocks. Rejected rows, uploads and unfinished
    trainings are deleted altogether. Models are fitted again, or withdrawn if nothing is left to learn from. Raises
    `BadInput` if an id is unknown to the products and to the decisions; nothing is deleted then.
    """
    with Store.writer(folder, settings.catalogue, wait_s=wait_s) as store:
        products, decisions = store.catalogue.get(ids), [each for each in store.decisions.all() if each.product in ids]
        known = {each.id for each in products} | {each.product for each in decisions}
        for id in ids:
            if id not in known:
                raise BadInput("forget.unknown", id=id)
        gone = store.catalogue.delete(ids), store.decisions.forget(ids)
        store.catalogue.rewrite()
        texts = [each.text for each in products] + [each.text for each in decisions]
        for cache in store.vectors.glob("*"):
            delete_vectors(cache, texts)
        forget_answers(store.cache / LEDGER, texts)
        drop_labels(store, ids)
        for name in _TEMPORARY:
            _remove(folder / name)
        fitted = _fit_again(store, settings, progress)
        if ADAPTER in store.manifest().publications:
            log.warning("the adapter may have learnt from these texts; to train it without them: tagweave finetune")
        store.sweep()
    return Forgotten(*gone, fitted)


def _fit_again(store: Store, settings: Settings, progress: Progress) -> bool:
    if FITTED not in store.manifest().publications:
        return False
    store.withdraw(FITTED)
    store.sweep()
    try:
        fit(store, settings, progress)
    except BadInput as error:
        log.warning("the models were withdrawn: %s", error)
        return False
    return True


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

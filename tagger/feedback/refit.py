"""Fit a store again after some decisions: in seconds, in the background, while others read and write it."""

import contextlib
import logging
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.errors import BadInput, TagweaveError
from index.locks import exclusive
from index.progress import silent
from index.store import FITTED, Store
from tagger.fit import fit
from tagger.fitting.stage_clock import StageClock
from tagger.fitting.tagger_training import fit_and_save
from tagger.fitting.teacher_labels import taught_products
from tagger.fusion.cooccurrence import TagStatistics
from tagger.load import ADAPTER_COPY, encoder_of, resources_of
from tagger.rules.stored import OWN_SETTINGS
from tagger.settings import Settings, read, settings_from
from tagger.vocabulary.product_tags import canonical

log = logging.getLogger(__name__)

# With fewer labelled products, it takes seconds to fit everything.
_FEW = 100
# Taggers that learn from a few labels at once and are fitted in a second.
_QUICK = ("prior", "lexical", "knn")
_EVERY = 10
_WAIT_S = 30.0
_PREFIX = ".refit-"


class BackgroundRefit:
    """Fits a store again after each ten decisions, in a thread of its own. Thread-safe."""

    def __init__(self, folder: Path, *, every: int = _EVERY) -> None:
        self._folder = folder
        self._every = every
        self._turn = threading.Lock()
        self._decided = 0
        self._thread: threading.Thread | None = None

    def decided(self) -> None:
        """Count a decision, and begin a fit if it is the tenth since the last one began."""
        with self._turn:
            self._decided += 1
            due = self._decided >= self._every
        if due:
            self.begin()

    def begin(self) -> None:
        """Begin a fit, unless one is running."""
        with self._turn:
            if self._thread is None or not self._thread.is_alive():
                self._decided = 0
                self._thread = threading.Thread(target=self._run, name="tagweave-refit", daemon=True)
                self._thread.start()

    def wait(self) -> None:
        """Wait for the fit that is running."""
        with self._turn:
            thread = self._thread
        if thread:
            thread.join()

    def _run(self) -> None:
        try:
            refit(self._folder)
        except (TagweaveError, OSError) as error:
            # A folder may be read-only, or gone. The models of before go on.
            log.warning("%s was not fitted again: %s", self._folder, error)


def refit(folder: Path, *, few: int = _FEW) -> None:
    """Fit a store again by its present tags, and publish the models, unless another fit has published some meanwhile.

    If the last fit had fewer than `few` labelled products, all is fitted. Else only the taggers that take a second, and
    the counts of tags; the other taggers and the ranker stay until the next `fit`. Does nothing while another process
    does the same. Raises what `fit` raises.
    """
    with exclusive(folder / "refit.lock") as lock:
        if lock is None:
            return
        for left in folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(left, ignore_errors=True)
        store = StagedStore(folder)
        publication = store.manifest().publications.get(FITTED)
        about = publication.about if publication else None
        if about and about["fuser"] == "learned" and about["products"] >= few:
            _refit_quick_ones(store, about)
        else:
            fit(store, settings_from(about["settings"]) if about else own_settings(folder), silent)


def own_settings(folder: Path) -> Settings:
    """Return the settings of a store that was never fitted."""
    own = folder / OWN_SETTINGS
    return read(*([own] if own.is_file() else []))


class StagedStore(Store):
    """A store whose models are made beside it: the writer's lock is held only to publish them."""

    @contextlib.contextmanager
    def publication(self, kind: str, about: dict[str, Any]) -> Iterator[Path]:
        """Yield a folder to fill, and publish it at the end if nothing else has been published since the beginning."""
        before = self.manifest().publications.get(kind)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=self.folder) as name:
            building = Path(name)
            yield building
            with Store.writer(self.folder, wait_s=_WAIT_S) as store:
                if store.manifest().publications.get(kind) != before:
                    log.info("%s was fitted by somebody else meanwhile", self.folder)
                    return
                with store.publication(kind, about) as folder:
                    for path in building.iterdir():
                        os.rename(path, folder / path.name)


def _refit_quick_ones(store: Store, about: Mapping[str, Any]) -> None:
    """Fit the quick taggers again, and keep the rest of the last fit; the models still count as not up to date."""
    settings = settings_from(about["settings"])
    fitted = store.published(FITTED)[0]
    adapter = fitted / ADAPTER_COPY if about["adapter"] else None
    resources = resources_of(store, settings, encoder_of(store, settings), adapter)
    labelled = canonical(store.catalogue.products(labelled=True), resources.vocabulary)
    products = [product for product in labelled if product.tags]
    taught = taught_products(store, resources.vocabulary)
    if not products:
        raise BadInput("fit.no-labels", folder=store.folder)
    wanted = settings.tagger_settings(adapter=True, few_labels=True)
    quick = [each for each in wanted if each.plugin in _QUICK and each.name in about["taggers"]]
    with store.publication(FITTED, {**about, "products": len(products)}) as folder:
        left = shutil.ignore_patterns(*(each.name for each in quick))
        shutil.copytree(fitted, folder, dirs_exist_ok=True, ignore=left)
        clock = StageClock(silent)
        for each in quick:
            fit_and_save(each, [*products, *taught], resources, folder / each.name, clock)
        TagStatistics.of([*products, *taught]).save(folder)

"""Fit the taggers: out of fold, to judge them, and on all products."""

import shutil
from collections.abc import Sequence
from concurrent.futures import Future
from pathlib import Path

from index.errors import TagweaveError
from index.product import Product
from index.progress import Progress
from tagger.fitting.stage_clock import StageClock
from tagger.fusion.out_of_fold import FoldPredictions, fit_tagger, out_of_fold
from tagger.fusion.settings import FusionSection
from tagger.plugins import PluginSettings, Resources, Trainable
from tagger.plugins.guarded_tagger import GuardedTagger
from tagger.plugins.roster import TaggerRoster


def judge_taggers(
    products: Sequence[Product],
    roster: TaggerRoster,
    resources: Resources,
    fusion: FusionSection,
    clock: StageClock,
    taught: Sequence[Product] = (),
) -> list[FoldPredictions]:
    """Run the taggers out of fold; if an optional one fails, start again without it.

    `taught` products have labels that no person gave.
    """
    while True:
        try:
            with clock.stage("out of fold"):
                return out_of_fold(products, roster.wanted, resources, fusion, clock.progress, taught)
        except TagweaveError as error:
            roster.leave_out(error.plugin, error)


def collect_taggers(
    fitting: Sequence[tuple[str, Future[GuardedTagger]]], roster: TaggerRoster, folder: Path, progress: Progress
) -> dict[str, GuardedTagger]:
    """Wait for the taggers and return them; an optional one that failed is left out."""
    taggers = {}
    for number, (name, fitted) in enumerate(fitting):
        progress("fit taggers", number, len(fitting))
        try:
            taggers[name] = fitted.result()
        except TagweaveError as error:
            roster.leave_out(name, error)
            shutil.rmtree(folder / name, ignore_errors=True)
    progress("fit taggers", len(fitting), len(fitting))
    return taggers


def fit_and_save(
    settings: PluginSettings, products: Sequence[Product], resources: Resources, folder: Path, clock: StageClock
) -> GuardedTagger:
    """Fit one tagger on the products, and save it to a new folder if it has state."""
    with clock.stage(settings.name):
        tagger = fit_tagger(settings, resources, products)
        if isinstance(tagger, Trainable):
            folder.mkdir()
            tagger.save(folder)
        return tagger

"""Fit a store's models: taggers, ranker, calibration and thresholds.

With too few labelled products for a ranker, the tagger that is best out of fold decides, alone or together with those
that need no labels; with too few to tell, these alone. Without any labels only these are fitted, on the catalogue's
texts.
"""

import contextlib
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from index.encoders.background_encoding import BackgroundEncoding
from index.errors import BadInput, TagweaveError
from index.messages import english_texts
from index.product import Product
from index.progress import Progress, one_at_a_time
from index.store import FITTED, TEACHER, Store
from tagger.fitting.fusion_training import UNTRAINED_THRESHOLD, choose_taggers, fit_ranker, take_fusion, trust
from tagger.fitting.novelty_training import fit_novelty, plugin_of
from tagger.fitting.stage_clock import StageClock
from tagger.fitting.tagger_training import collect_taggers, fit_and_save, judge_taggers
from tagger.fitting.teacher_labels import labels_in_force, taught_products
from tagger.fusion.settings import FusionSection
from tagger.load import ADAPTER_COPY, adapter_of, encoder_of, own_settings_digest, resources_of
from tagger.novelty import detector
from tagger.plugins import INDEXES, Resources
from tagger.plugins.roster import TaggerRoster
from tagger.plugins.threads import one_thread_per_core
from tagger.rules.stored import OWN_SETTINGS, stored_rules
from tagger.settings import Settings, as_dict
from tagger.vocabulary.product_tags import canonical

_NAMES = "names"
# Products, labelled or not, that are looked at where labels are few.
_UNLABELLED = 2000
# With fewer labelled products, it is left to chance which tagger is the best out of fold.
_LEAST_JUDGED = 8


@dataclass(frozen=True)
class Report:
    """The result of `fit`; `without` gives the reason for each optional tagger that was left out.

    `stages` has the seconds of each stage. Stages overlap: the vectors are computed while taggers that do not need them
    are fitted, and the final taggers are fitted while the ranker is trained. Such time counts for the stage that began
    first, so the sum is at most `seconds`.
    """

    seconds: float
    products: int
    tags: int
    taggers: list[str]
    fuser: str
    threshold: float
    stages: Mapping[str, float]
    without: Mapping[str, str]


def fit(store: Store, settings: Settings, progress: Progress, fusion: Path | None = None) -> Report:
    """Fit all models and publish them; the store must be open for writing.

    `fusion` is a folder that `keep_fusion` wrote after a fit on the same products: its ranker and thresholds are
    reused. Vectors are saved as they are computed, so a second call after an interruption does not compute them again.
    Raises `BadInput` if no product has tags, and there is no vocabulary either.
    """
    progress = one_at_a_time(progress)
    clock = StageClock(progress)
    people = store.catalogue.products(labelled=True)
    encoder = encoder_of(store, settings)
    resources = resources_of(store, settings, encoder, adapter_of(store))
    taught = taught_products(store, resources.vocabulary)
    # Enough labels of people train the ranker alone. With few, those of a teacher are all that there is.
    enough = len(people) >= settings.fusion.least_products
    labelled, taught = (people, taught) if enough else ([*people, *taught], [])
    if not labelled and not len(resources.vocabulary):
        raise BadInput("fit.no-labels", folder=store.folder)
    roster = _roster(labelled, settings, resources)
    INDEXES.check(settings.index.plugin, settings.index.options)
    products = labelled or store.catalogue.sample(_UNLABELLED)
    texts = [product.text for product in (*products, *taught)]
    if _NAMES in map(plugin_of, roster.wanted):
        # Each fold needs the vectors of the names, and of texts that show how they are used.
        sample = store.catalogue.sample(_UNLABELLED) if labelled else products
        resources = replace(resources, texts=[product.text for product in sample])
        texts += [name for entry in resources.vocabulary for name in entry.forms]
        texts += resources.texts
    if labelled:
        # A tag that was merged since the products were ingested is learnt under the name it was merged into.
        products = [product for product in canonical(products, resources.vocabulary) if product.tags]
    about: dict[str, Any] = {}
    clock.begin("encode")
    with store.publication(FITTED, about) as folder, BackgroundEncoding(encoder, texts, progress) as encoding:
        encoding.when_done(partial(clock.end, "encode"))
        resources = replace(resources, encoder=encoding)
        try:
            precision = stored_rules(store.folder, settings.rules).precision
            fused = _fit_models(products, taught, roster, resources, settings.fusion, fusion, folder, clock, precision)
        except TagweaveError:
            # A tagger that waits for vectors fails with the encoding, but is not to blame.
            encoding.check()
            raise
        encoding.wait()
        if resources.adapter:
            shutil.copytree(resources.adapter, folder / ADAPTER_COPY)
        about |= {
            "settings": as_dict(settings),
            "taggers": roster.names,
            "encoder": encoder.name,
            "products": len(labelled),
            "fingerprint": store.catalogue.fingerprint(),
            "adapter": resources.adapter.name if resources.adapter else None,
            TEACHER: labels_in_force(store),
            OWN_SETTINGS: own_settings_digest(store),
            **fused,
        }
    tags = {tag for product in products for tag in product.tags} if labelled else resources.vocabulary.tags
    return Report(
        seconds=clock.total(),
        products=len(labelled),
        tags=len(tags),
        taggers=roster.names,
        fuser=fused["fuser"],
        threshold=fused["threshold"],
        stages=clock.seconds,
        without=english_texts(roster.without),
    )


def _roster(labelled: Sequence[Product], settings: Settings, resources: Resources) -> TaggerRoster:
    """Return the taggers that can take part with so many labels, each tried out."""
    few = len(labelled) < settings.fusion.least_products
    wanted = settings.tagger_settings(adapter=resources.adapter is not None, few_labels=few)
    roster = TaggerRoster(wanted, settings.optional_taggers())
    roster.try_out(resources)
    if few or settings.fusion.fuser != "learned":
        roster.leave_reviewers(resources)
    if not labelled:
        roster.keep_label_free(resources)
    return roster


def _fit_models(
    products: Sequence[Product],
    taught: Sequence[Product],
    roster: TaggerRoster,
    resources: Resources,
    settings: FusionSection,
    fusion: Path | None,
    folder: Path,
    clock: StageClock,
    precision: float,
) -> dict[str, Any]:
    """Fit the taggers and the fusion into the folder; return what is published about the fusion."""
    labelled = sum(bool(product.tags) for product in products)
    learns = settings.fuser == "learned" and not fusion
    trains = learns and labelled >= settings.least_products
    judges = learns and labelled >= _LEAST_JUDGED
    judged = judge_taggers(products, roster, resources, settings, clock, taught) if judges else []
    with one_thread_per_core() as threads, clock.stage("ranker") if trains else contextlib.nullcontext():
        # The built-in taggers that take longest come last in the settings. Begun first, they end first.
        fitting = [
            (each.name, threads.submit(fit_and_save, each, [*products, *taught], resources, folder / each.name, clock))
            for each in reversed(roster.wanted)
        ]
        if trains:
            novelty = threads.submit(fit_novelty, products, judged, roster, resources, folder, settings.seed)
            fused = fit_ranker(
                products,
                judged,
                roster.names,
                settings,
                folder,
                clock.progress,
                resources.vocabulary.facet,
                precision,
                roster.reviewers(resources),
                taught,
            )
            novelty.result()
        elif judges:
            fused = choose_taggers(judged, roster.names, roster.label_free(resources))
        elif fusion:
            fused = take_fusion(fusion, products, folder)
        else:
            fuser = "weighted_sum" if settings.fuser == "learned" else settings.fuser
            fused = {"fuser": fuser, "threshold": UNTRAINED_THRESHOLD, "thresholds": {}}
        taggers = collect_taggers(fitting, roster, folder, clock.progress)
    if not (trains or fusion):
        detector.recognise_content(products).save(folder)
    label_free = {name: tagger for name, tagger in taggers.items() if tagger.label_free}
    if learns and not judges and label_free:
        fused |= trust(label_free, products, settings.candidates)
    return fused

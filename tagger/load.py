"""Build a store's encoder, the resources of its taggers, and the pipeline that `fit` published."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from index.encoders.base import EXACT, Encoder
from index.encoders.vector_cache import CachedEncoder, VectorCache, folder_of
from index.errors import StaleArtifact, TagweaveError
from index.messages import Message
from index.neighbours import Neighbours
from index.product import Product
from index.progress import Progress
from index.store import ADAPTER, FITTED, TEACHER, Store
from index.vectors.base import VectorIndex
from tagger.corrections.active import ActiveDecisions
from tagger.fusion.acceptance import Rule
from tagger.fusion.fuser import UNTRAINED, Fuser, weighted
from tagger.fusion.ranker import LearnedRanker
from tagger.generation.prompt import NEIGHBOURS
from tagger.novelty import detector
from tagger.pipeline import Pipeline
from tagger.plugins import ENCODERS, INDEXES, BaseTagger, PluginSettings, Resources, Trainable, create_tagger
from tagger.rules import Rules
from tagger.rules.settings import RulesSection
from tagger.rules.stored import OWN_SETTINGS, stored_rules
from tagger.rules.thresholds import TagThresholds
from tagger.settings import Settings, read, settings_from
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.stored import labels_of, tag_counts, vocabulary_of

log = logging.getLogger(__name__)

# The fitted models keep a copy of their adapter, since the store's may be newer. A tagger's name has no dot, so its
# folder cannot clash with this one.
ADAPTER_COPY = "adapter.copy"
# The encoder plugin that computes in the fastest arithmetic of the machine, unless told otherwise.
_CHOOSES_ARITHMETIC = "sentence"


def encoder_of(store: Store, settings: Settings) -> CachedEncoder:
    """Build the encoder named in the settings, with the store's vector cache.

    If all vectors of the store were computed in float32, the encoder goes on in float32: vectors in another arithmetic
    differ by more than rounding, and the store's answers with them.
    """
    plugin, options = settings.encoder.plugin, settings.encoder.options
    encoder = ENCODERS.create(plugin, [settings.weights], options)
    cache = VectorCache(store.vectors / folder_of(encoder))
    if plugin == _CHOOSES_ARITHMETIC and cache.arithmetics == {EXACT}:
        encoder = ENCODERS.create(plugin, [settings.weights], {"arithmetic": EXACT, **options})
    return CachedEncoder(encoder, cache)


def resources_of(store: Store, settings: Settings, encoder: Encoder, adapter: Path | None) -> Resources:
    """Collect the resources of the taggers; the vocabulary has the store's labels and all tags of its products."""
    return Resources(
        encoder=encoder,
        index=partial(_new_index, settings.index.plugin, settings.index.options),
        vocabulary=vocabulary_of(store.catalogue),
        weights=settings.weights,
        adapter=adapter,
        seed=settings.fusion.seed,
        cache=store.cache,
    )


def neighbours_of(store: Store, settings: Settings, progress: Progress) -> Neighbours:
    """Build the search over a store's labelled products; missing vectors are computed first."""
    encoder = encoder_of(store, settings)
    encoder.warm([product.text for product in store.catalogue.products(labelled=True)], progress)
    return Neighbours(encoder, partial(_new_index, settings.index.plugin, settings.index.options), NEIGHBOURS)


def _new_index(plugin: str, options: Mapping[str, Any], dim: int) -> VectorIndex:
    return INDEXES.create(plugin, [dim], options)


def adapter_of(store: Store) -> Path | None:
    """Return the folder of the latest adapter, or None. Raises `StaleArtifact` if it is damaged."""
    if ADAPTER not in store.manifest().publications:
        return None
    return store.published(ADAPTER)[0]


def published_encoder(store: Store) -> CachedEncoder:
    """Build the encoder of the published models. Raises `MissingArtifact` before the first `fit`."""
    about = store.published(FITTED)[1]
    settings = settings_from(about["settings"])
    encoder = encoder_of(store, settings)
    if encoder.name != about["encoder"] and settings.weights.full:
        # A full copy may have been downloaded since the fit; until the next fit, the store keeps the packaged one.
        packaged = encoder_of(store, replace(settings, weights=replace(settings.weights, full=False)))
        encoder = packaged if packaged.name == about["encoder"] else encoder
    return encoder


def open_pipeline(store: Store, encoder: CachedEncoder | None = None) -> Pipeline:
    """Load the published models as a pipeline; pass `encoder` to reuse the one from `published_encoder`.

    Raises `MissingArtifact` before the first `fit`, `StaleArtifact` if the models do not match the encoder's weights.
    """
    folder, about = store.published(FITTED)
    settings = settings_from(about["settings"])
    encoder = encoder or published_encoder(store)
    if encoder.name != about["encoder"]:
        raise StaleArtifact("fit.other-encoder", folder=store.folder, fitted_with=about["encoder"], found=encoder.name)
    adapter = folder / ADAPTER_COPY if about["adapter"] else None
    if adapter and not adapter.is_dir():
        raise StaleArtifact("fit.no-adapter-copy", folder=store.folder)
    _tell_changed_settings(store, about)
    resources = resources_of(store, settings, encoder, adapter)
    wanted = [each for each in settings.tagger_settings(adapter=True, few_labels=True) if each.name in about["taggers"]]
    taggers, without = _load_taggers(wanted, settings, resources, folder)
    return Pipeline(
        taggers,
        _fuser(about, folder),
        threshold=about["threshold"],
        vocabulary=resources.vocabulary,
        rule=_rule(about, settings),
        candidates=settings.fusion.candidates,
        optional=settings.optional_taggers(),
        without=without,
        decisions=ActiveDecisions(store.decisions, encoder, resources.vocabulary),
        novelty=detector.load(folder),
        **_new_tags(about),
        rules=rules_of(store, resources.vocabulary),
        unsure_from=about.get("unsure_from"),
    )


def rules_of(store: Store, vocabulary: Vocabulary) -> Rules:
    """Return the store's current rules, with the thresholds that the last `fit` found for the wanted precision."""
    about = store.published(FITTED)[1]
    thresholds = TagThresholds(**about["tag_thresholds"]) if "tag_thresholds" in about else None
    return Rules(rules_in_force(store), vocabulary, thresholds)


def rules_in_force(store: Store) -> RulesSection:
    """Return the rules that people set in the store, else those of its settings now, else those of the last `fit`."""
    own = store.folder / OWN_SETTINGS
    if own.is_file():
        return stored_rules(store.folder, read(own).rules)
    fitted = FITTED in store.manifest().publications
    settings = settings_from(store.published(FITTED)[1]["settings"]) if fitted else read()
    return stored_rules(store.folder, settings.rules)


def own_settings_digest(store: Store) -> str | None:
    """Return a digest of the store's own settings file, None if it has none."""
    path = store.folder / OWN_SETTINGS
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None


def _tell_changed_settings(store: Store, about: Mapping[str, Any]) -> None:
    # Stores fitted by earlier versions do not tell.
    if about.get(OWN_SETTINGS, now := own_settings_digest(store)) != now:
        log.warning("%s was changed after the last fit", store.folder / OWN_SETTINGS)


def open_pipeline_for(store: Store, product: Product) -> Pipeline:
    """Load the published models, and embed the first product's text meanwhile. Raises what `open_pipeline` raises.

    The encoder loads its model in libraries that leave the other core to Python.
    """
    encoder = published_encoder(store)
    with ThreadPoolExecutor(1, "tagweave-encoder") as other:
        # The encoder keeps the vector. If it fails, it fails again when a tagger asks for it.
        other.submit(encoder.encode, [product.text])
        return open_pipeline(store, encoder)


def _load_taggers(
    wanted: Sequence[PluginSettings], settings: Settings, resources: Resources, folder: Path
) -> tuple[dict[str, BaseTagger], dict[str, Message]]:
    """Load the taggers; return them, and the reason for each optional one that failed."""
    taggers: dict[str, BaseTagger] = {}
    without: dict[str, Message] = {}
    for each in wanted:
        try:
            taggers[each.name] = _load_tagger(each, resources, folder, settings.taggers[each.name].timeout_s)
        except TagweaveError as error:
            if settings.taggers[each.name].required:
                raise
            without[each.name] = error.message
    return taggers, without


def _load_tagger(settings: PluginSettings, resources: Resources, folder: Path, timeout_s: float) -> BaseTagger:
    tagger = create_tagger(settings, resources, timeout_s=timeout_s)
    if isinstance(tagger, Trainable):
        tagger.load(folder / settings.name)
    return tagger


def _fuser(about: Mapping[str, Any], folder: Path) -> Fuser:
    if about["fuser"] == "learned":
        return LearnedRanker.load(folder)
    return weighted(about["weights"]) if about.get("weights") else UNTRAINED[about["fuser"]]


def _rule(about: Mapping[str, Any], settings: Settings) -> Rule:
    """Return the acceptance rule. Expected F1 needs probabilities, which only the learned ranker gives."""
    return settings.fusion.acceptance if about["fuser"] == "learned" else "threshold"


def _new_tags(about: Mapping[str, Any]) -> dict[str, bool]:
    """Tell what becomes of new tags; a store fitted before this was a setting accepts them, and checks none."""
    accept_new = about["settings"]["fusion"].get("accept_new")
    return {"accept_new": accept_new is not False, "checks_new": accept_new is not None}


def describe(store: Store) -> dict[str, Any]:
    """Return what the store holds, and whether its models match its current products and adapter."""
    publications = store.manifest().publications
    about = publications[FITTED].about if FITTED in publications else None
    adapter = publications[ADAPTER].folder if ADAPTER in publications else None
    counts = tag_counts(store.catalogue, labels_of(store.catalogue))
    return {
        "store": str(store.folder),
        "products": store.catalogue.count(),
        "languages": store.catalogue.counts_by_language(),
        "tags": len(counts),
        "most_frequent": dict(list(counts.items())[:10]),
        "fitted": about is not None,
        "up_to_date": about is not None
        and about["fingerprint"] == store.catalogue.fingerprint()
        and about.get(TEACHER) == (publications[TEACHER].folder if TEACHER in publications else None),
        "taggers": about["taggers"] if about else [],
        "fuser": about["fuser"] if about else None,
        "threshold": about["threshold"] if about else None,
        "adapter": adapter is not None,
        "adapter_waits": adapter is not None and (about is None or about["adapter"] != adapter),
    }

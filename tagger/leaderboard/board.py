"""Measure all systems of a leaderboard; what was measured before is taken from the store's folder."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from index.atomic import write_text
from index.errors import BadInput, TagweaveError
from index.messages import english_texts
from index.progress import Progress
from index.store import Store
from index.version import __version__
from tagger.fusion.out_of_fold import vocabulary_without
from tagger.leaderboard.accuracy import TagSets, tag_sets
from tagger.leaderboard.measuring import measure
from tagger.leaderboard.split import LeaderboardSplit, split_products
from tagger.leaderboard.systems import choose_systems
from tagger.load import adapter_of, encoder_of, resources_of
from tagger.plugins import PluginSettings, Resources
from tagger.settings import Settings
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import canonical

log = logging.getLogger(__name__)

# The folder of the results in a store.
FOLDER = "leaderboard"
# The facet whose tags the accuracy is of, where the vocabulary has it.
CATEGORY = "category"
_ALL = ""


@dataclass(frozen=True)
class Leaderboard:
    """The figures of each system, the highest micro-F1 first.

    `training`, `validation` and `test` are numbers of products. `accuracy_of` is the facet that `accuracy` is of; empty
    for all tags of a product. `without` gives the reason for each system that could not be measured.
    """

    training: int
    validation: int
    test: int
    accuracy_of: str
    systems: dict[str, dict[str, Any]]
    without: dict[str, str]


def run_leaderboard(
    store: Store, settings: Settings, progress: Progress, *, only: Sequence[str] = (), facet: str = ""
) -> Leaderboard:
    """Train and measure the systems on the parts of the store's labelled products.

    Each result is kept as soon as it is there, so a second call resumes. A system is measured again if the products,
    its options or the version of the program have changed. Raises `UnknownPlugin` for an unknown system, `BadInput` if
    there are too few labelled products, or no tags of the facet.
    """
    systems = choose_systems(settings, only, adapter=adapter_of(store) is not None)
    resources = resources_of(store, settings, encoder_of(store, settings), adapter_of(store))
    products = canonical(store.catalogue.products(labelled=True), resources.vocabulary)
    split = split_products(products)
    name, sets = _facet(split, resources.vocabulary, facet)
    held = [*split.validation, *split.test]
    blind = replace(resources, vocabulary=vocabulary_without(held, split.training, resources.vocabulary))
    basis = [__version__, store.catalogue.fingerprint(), name, resources.seed, resources.encoder.name]
    found: dict[str, dict[str, Any]] = {}
    without: dict[str, TagweaveError] = {}
    for number, system in enumerate(systems):
        progress("leaderboard", number, len(systems))
        try:
            found[system.name] = _measured(store.folder / FOLDER, system, split, blind, sets, basis)
        except TagweaveError as error:
            log.warning("%s is not on the leaderboard: %s", system.name, error)
            without[system.name] = error
    progress("leaderboard", len(systems), len(systems))
    board = dict(sorted(found.items(), key=lambda each: (-each[1]["micro_f1"], each[0])))
    reasons = english_texts({name: error.message for name, error in without.items()})
    return Leaderboard(len(split.training), len(split.validation), len(split.test), name, board, dict(reasons))


def _facet(split: LeaderboardSplit, vocabulary: Vocabulary, facet: str) -> tuple[str, TagSets | None]:
    """Return the facet that the accuracy is of, and the sets of its tags; none if it is of all tags."""
    tags = {tag for product in split.training for tag in product.tags}
    if all(len(product.tags) == 1 for product in split.training):
        return facet, tag_sets(split.training, tags)
    within = {tag for tag in tags if vocabulary.facet(tag) == (facet or CATEGORY)}
    if facet and not within:
        raise BadInput("leaderboard.no-facet", facet=facet)
    return (facet or CATEGORY, tag_sets(split.training, within)) if within else (_ALL, None)


def _measured(
    folder: Path,
    system: PluginSettings,
    split: LeaderboardSplit,
    resources: Resources,
    sets: TagSets | None,
    basis: Sequence[object],
) -> dict[str, Any]:
    path = folder / f"{system.name}.json"
    key = _digest([*basis, asdict(system)])
    kept = _read(path)
    if kept.get("key") == key:
        figures: dict[str, Any] = kept["figures"]
        return figures
    figures = measure(system, split, resources, sets)
    folder.mkdir(exist_ok=True)
    write_text(path, json.dumps({"key": key, "figures": figures}, ensure_ascii=False, indent=1) + "\n")
    return figures


def _read(path: Path) -> dict[str, Any]:
    """Read a result; one that cannot be read is measured again."""
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}


def _digest(content: object) -> str:
    return hashlib.blake2b(json.dumps(content, default=str, sort_keys=True).encode(), digest_size=16).hexdigest()

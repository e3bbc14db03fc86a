"""Measure all systems of a leaderboard; what was measured before is taken from the store's folder."""

import hashlib
import json
import logging
import statistics
from collections.abc import Mapping, Sequence
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
from tagger.leaderboard.split import LeaderboardSplit, fold_products, split_products
from tagger.leaderboard.systems import choose_systems
from tagger.load import adapter_of, encoder_of, resources_of
from tagger.plugins import PluginSettings, Resources
from tagger.plugins.option_checks import check_minimum
from tagger.settings import Settings
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.product_tags import canonical

log = logging.getLogger(__name__)

# The folder of the results in a store.
FOLDER = "leaderboard"
# The facet whose tags the accuracy is of, where the vocabulary has it.
CATEGORY = "category"
_ALL = ""
_LEAST_FOLDS = 2


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


@dataclass(frozen=True)
class Basis:
    """What figures depend on besides the system: the products in their parts, the resources, and their fingerprint."""

    split: LeaderboardSplit
    resources: Resources
    fingerprint: str

    def blind(self, split: LeaderboardSplit) -> Resources:
        """Return resources that do not know the tags that only held-out products have."""
        held = [*split.validation, *split.test]
        vocabulary = vocabulary_without(held, split.training, self.resources.vocabulary)
        return replace(self.resources, vocabulary=vocabulary)

    def digest(self, system: PluginSettings, *others: object) -> str:
        """Return a key that changes with the products, the system's options or the version of the program."""
        content = [self.fingerprint, asdict(system), *others]
        return hashlib.blake2b(json.dumps(content, default=str, sort_keys=True).encode(), digest_size=16).hexdigest()


def basis_of(store: Store, settings: Settings) -> Basis:
    """Read a store's labelled products and split them. Raises `BadInput` if there are too few."""
    resources = resources_of(store, settings, encoder_of(store, settings), adapter_of(store))
    split = split_products(canonical(store.catalogue.products(labelled=True), resources.vocabulary))
    fingerprint = f"{__version__} {store.catalogue.fingerprint()} {resources.seed} {resources.encoder.name}"
    return Basis(split, resources, fingerprint)


def run_leaderboard(
    store: Store,
    settings: Settings,
    progress: Progress,
    *,
    only: Sequence[str] = (),
    facet: str = "",
    folds: int = 0,
) -> Leaderboard:
    """Train and measure the systems on the parts of the store's labelled products.

    With `folds`, each system is trained once for each fold, and its figures are the means (cross-validation).

    Each result is kept as soon as it is there, so a second call resumes. A system is measured again if the products,
    its options or the version of the program have changed. Raises `UnknownPlugin` for an unknown system, `BadInput` if
    there are too few labelled products, or no tags of the facet.
    """
    if folds:
        check_minimum(_LEAST_FOLDS, folds=folds)
    systems = choose_systems(settings, only, adapter=adapter_of(store) is not None)
    basis = basis_of(store, settings)
    split = basis.split
    parts = fold_products([*split.training, *split.validation, *split.test], folds) if folds else [split]
    name, sets = _facet(split, basis.resources.vocabulary, facet)
    found: dict[str, dict[str, Any]] = {}
    without: dict[str, TagweaveError] = {}
    for number, system in enumerate(systems):
        try:
            figures = []
            for fold, part in enumerate(parts):
                progress("leaderboard", number * len(parts) + fold, len(systems) * len(parts))
                ending = f"-fold-{fold + 1}-of-{folds}" if folds else ""
                path = store.folder / FOLDER / f"{system.name}{ending}.json"
                figures.append(_measured(path, basis.digest(system, name, fold), system, part, basis, sets))
            found[system.name] = summarize(figures) if folds else figures[0]
        except TagweaveError as error:
            log.warning("%s is not on the leaderboard: %s", system.name, error)
            without[system.name] = error
    progress("leaderboard", len(systems) * len(parts), len(systems) * len(parts))
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
    path: Path, key: str, system: PluginSettings, split: LeaderboardSplit, basis: Basis, sets: TagSets | None
) -> dict[str, Any]:
    kept = _read(path)
    if kept.get("key") == key:
        figures: dict[str, Any] = kept["figures"]
        return figures
    figures = measure(system, split, basis.blind(split), sets)
    path.parent.mkdir(exist_ok=True)
    write_text(path, json.dumps({"key": key, "figures": figures}, ensure_ascii=False, indent=1) + "\n")
    return figures


def summarize(figures: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return the mean of each figure over the folds, their F1 one by one, and its standard deviation."""
    numbers = {name: [each[name] for each in figures] for name, value in figures[0].items() if name != "confusions"}
    means: dict[str, Any] = {name: statistics.fmean(values) for name, values in numbers.items()}
    scores = numbers["micro_f1"]
    return {**means, "folds": scores, "micro_f1_deviation": statistics.stdev(scores), "confusions": []}


def _read(path: Path) -> dict[str, Any]:
    """Read a result; one that cannot be read is measured again."""
    try:
        kept = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return kept if isinstance(kept, dict) else {}

"""Decide how the taggers are fused: by a trained ranker, by the best of them, or by those that need no labels."""

import json
import shutil
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from index.product import Product
from index.progress import Progress
from index.store import FITTED, Store
from tagger.cascade.unsureness import unsure_from
from tagger.evaluation import held_out, label_errors, metrics
from tagger.evaluation.evaluate import FUSED
from tagger.evaluation.few_labels import best_weights, expected_threshold, own_threshold
from tagger.fusion import ranker
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.fuser import weighted
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.fusion.ranker_training import train_ranker
from tagger.fusion.settings import FusionSection
from tagger.novelty import detector
from tagger.plugins import BaseTagger
from tagger.rules.thresholds import fit_thresholds

UNTRAINED_THRESHOLD = 0.5
_SHOWN = 50
_FUSION = "fusion.json"
# The threshold is tuned on this many products if none has labels.
_EXPECTED_ON = 500
# The mean of two taggers has rougher probabilities than one alone: it must be better by this much of micro-F1.
_WORTH_JOINING = 0.02


def fit_ranker(
    products: Sequence[Product],
    judged: Sequence[FoldPredictions],
    names: Sequence[str],
    fusion: FusionSection,
    folder: Path,
    progress: Progress,
    facet_of: Callable[[str], str],
    precision: float,
    reviewers: Mapping[str, float],
    taught: Sequence[Product] = (),
) -> dict[str, Any]:
    """Train the ranker, tune all thresholds, and keep the out-of-fold predictions; return what is published.

    `reviewers` has the share of products that each reviewing tagger may be asked about. `taught` products have labels
    that no person gave; the ranker only counts their tags.
    """
    progress("train the ranker", 0, 1)
    result = train_ranker(
        judged,
        TagStatistics.of([*products, *taught]),
        names,
        fusion.ranker,
        _SHOWN,
        seed=fusion.seed,
        reviewers=reviewers,
    )
    result.ranker.save(folder)
    progress("train the ranker", 1, 1)
    fused = [ranking for of_part in result.rankings for ranking in of_part]
    gold = [tags for part in judged for tags in part.gold]
    threshold = metrics.best_threshold(fused, gold)
    thresholds = {name: own_threshold(name, judged) for name in names}
    held = held_out.of_folds(
        judged, result.rankings, {FUSED: threshold, **thresholds}, fusion.acceptance, reviewers=reviewers
    )
    held.save(folder / held_out.FILE)
    label_errors.of_folds(judged, result.rankings, threshold).save(folder / label_errors.FILE)
    about: dict[str, Any] = {"fuser": "learned", "threshold": threshold, "thresholds": thresholds}
    if reviewers:
        unreviewed = [ranking for of_part in result.without_reviewers for ranking in of_part]
        about["unsure_from"] = {name: unsure_from(unreviewed, share) for name, share in reviewers.items()}
    if precision:
        about["tag_thresholds"] = fit_thresholds(fused, gold, facet_of, precision).as_dict()
    return about


def choose_taggers(
    judged: Sequence[FoldPredictions], names: Sequence[str], label_free: Sequence[str]
) -> dict[str, Any]:
    """Choose the tagger that decides, alone or in equal parts with those that need no labels; of equals the first.

    What needs no labels may be right where the few labels are silent.
    """
    best = best_weights([{name: 1.0} for name in [*label_free, *names]], judged)
    if taught := [name for name in names if label_free and name not in label_free]:
        joined = best_weights([{name: 1.0, **dict.fromkeys(label_free, 1.0)} for name in taught], judged)
        best = joined if joined.f1 >= best.f1 + _WORTH_JOINING else best
    return {
        "fuser": "weighted_sum",
        "weights": best.weights,
        "threshold": best.threshold,
        "thresholds": {name: own_threshold(name, judged) for name in names},
    }


def trust(taggers: Mapping[str, BaseTagger], products: Sequence[Product], candidates: int) -> dict[str, Any]:
    """Let these taggers decide, with the threshold that is best if their mean scores are right as probabilities."""
    weights = dict.fromkeys(taggers, 1.0)
    asked = products[:_EXPECTED_ON]
    rankings = {name: tagger.suggest(asked, candidates) for name, tagger in taggers.items()}
    expected = expected_threshold(weighted(weights).score(asked, rankings).rankings(candidates))
    return {"weights": weights, "threshold": UNTRAINED_THRESHOLD if expected is None else expected}


def keep_fusion(store: Store, folder: Path) -> None:
    """Copy the ranker and the thresholds of the last `fit` to a folder, for another `fit` to reuse."""
    fitted, about = store.published(FITTED)
    for name in (*ranker.FILES, held_out.FILE, detector.LEARNT):
        shutil.copyfile(fitted / name, folder / name)
    fused = {key: about[key] for key in ("fuser", "threshold", "thresholds")}
    (folder / _FUSION).write_text(json.dumps(fused, indent=1) + "\n", "utf-8")


def take_fusion(source: Path, products: Sequence[Product], folder: Path) -> dict[str, Any]:
    """Copy what `keep_fusion` wrote to the folder of a fit on the same products; return what is published."""
    for name in (*ranker.FILES, held_out.FILE):
        shutil.copyfile(source / name, folder / name)
    TagStatistics.of(products).save(folder)
    detector.reuse(source, products, folder)
    fused: dict[str, Any] = json.loads((source / _FUSION).read_text("utf-8"))
    return fused

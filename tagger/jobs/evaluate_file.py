"""Evaluate a store's taggers on an uploaded file of labelled products."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from index.atomic import replace_file
from index.batching import report_batches
from index.errors import BadInput
from index.files.columns import Columns
from index.files.product_reader import Reject, read_products
from index.product import Product
from index.progress import Progress
from index.store import FITTED, Store
from tagger.evaluation.evaluate import FUSED, PLACES, unseen
from tagger.evaluation.held_out import WITHOUT, HeldOut, is_fused
from tagger.fusion.acceptance import Rule
from tagger.jobs.file_jobs import REJECTS, Work
from tagger.jobs.job import Job
from tagger.pipeline import Pipeline
from tagger.types import Ranking
from tagger.vocabulary.product_tags import canonical
from tagger.vocabulary.stored import vocabulary_of

COUNTS = "counts.json"
# The files of a finished evaluation; the last one is written last.
JUDGED = (COUNTS, "judged.json.gz")
_MOST_PRODUCTS = 5000
_AT_ONCE = 16
# The threshold of a tagger without a tuned one, as in `evaluate`.
_UNTUNED = 0.5


@dataclass(frozen=True)
class Counts:
    """Row counts of a file: rejected, untagged, already labelled in the store, beyond the limit, and evaluated."""

    rejected: int
    untagged: int
    learnt: int
    beyond: int
    judged: int


@dataclass(frozen=True)
class SystemRankings:
    """The rankings of every system for some products, with the threshold and the rule of the fused ones."""

    rankings: Mapping[str, Sequence[Ranking]]
    threshold: float
    rule: Rule


Judge = Callable[[Sequence[Product]], SystemRankings]


def system_rankings(pipeline: Pipeline, products: Sequence[Product]) -> SystemRankings:
    """Ask every tagger; fuse all rankings, and once for each tagger the rankings of all others."""
    outputs = pipeline.ask(products)
    suggested, familiarity = outputs.rankings, pipeline.familiarity(products, outputs)
    rankings = {FUSED: pipeline.score(products, suggested, familiarity).rankings(PLACES), **suggested}
    for name in suggested if len(suggested) > 1 else ():
        others = {each: ranking for each, ranking in suggested.items() if each != name}
        rankings[f"{WITHOUT}{name}"] = pipeline.score(products, others, familiarity).rankings(PLACES)
    named = {name: pipeline.to_current_names(of_name) for name, of_name in rankings.items()}
    return SystemRankings(named, pipeline.threshold, pipeline.rule)


def evaluating(store: Store, judge: Judge) -> Work:
    """Return the work that evaluates a store's taggers on a file."""

    def evaluate(file: Path, folder: Path, job: Job, progress: Progress) -> None:
        products, counts = _products(store, file, folder, job)
        # The thresholds belong to the models that are published when the work begins.
        thresholds: Mapping[str, float] = store.published(FITTED)[1]["thresholds"]
        judged = [judge(batch) for batch in report_batches(products, _AT_ONCE, "evaluate", progress)]
        held = _join(products, judged, thresholds)
        (folder / COUNTS).write_text(json.dumps(asdict(counts)), "utf-8")
        with replace_file(folder / JUDGED[-1]) as building:
            held.save(building)

    return evaluate


def _products(store: Store, file: Path, folder: Path, job: Job) -> tuple[list[Product], Counts]:
    """Return the products to evaluate on, and the row counts. Raises `BadInput` if no product is left."""
    outcomes = [each.outcome for each in read_products([file], columns=Columns(job.columns))]
    read = [each for each in outcomes if isinstance(each, Product)]
    rejects = [each for each in outcomes if isinstance(each, Reject)]
    lines = [json.dumps(each.as_dict(), ensure_ascii=False) + "\n" for each in rejects]
    (folder / REJECTS).write_text("".join(lines), "utf-8")
    # A product's tags may all be deleted ones.
    tagged = [each for each in canonical(read, vocabulary_of(store.catalogue)) if each.tags]
    fresh = unseen(tagged, store.catalogue)
    kept = fresh[:_MOST_PRODUCTS]
    if not kept:
        raise BadInput("evaluate.nothing-new")
    untagged, known = len(read) - len(tagged), len(tagged) - len(fresh)
    return kept, Counts(len(rejects), untagged, known, len(fresh) - len(kept), len(kept))


def _join(products: Sequence[Product], judged: Sequence[SystemRankings], thresholds: Mapping[str, float]) -> HeldOut:
    """Join the rankings of all batches; a tagger that failed in one of them is left out."""
    names = [name for name in judged[0].rankings if all(name in each.rankings for each in judged)]
    last = judged[-1]
    return HeldOut(
        [each.id for each in products],
        [each.tags for each in products],
        {name: [ranking for each in judged for ranking in each.rankings[name]] for name in names},
        {name: thresholds.get(name, last.threshold if is_fused(name) else _UNTUNED) for name in names},
        last.rule,
    )


def counts_of(path: Path) -> Counts:
    """Read the row counts of an evaluated file."""
    return Counts(**json.loads(path.read_text("utf-8")))

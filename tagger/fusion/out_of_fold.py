"""Out-of-fold predictions of the taggers: the training data of the ranker."""

import hashlib
import logging
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index.batching import batched
from index.product import Product
from index.progress import Progress
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import Candidates, candidates
from tagger.fusion.fuser import candidates_for_review
from tagger.fusion.settings import FusionSection
from tagger.plugins import PluginSettings, Pretrained, Resources, Reviews, Trainable, create_tagger
from tagger.plugins.guarded_tagger import GuardedTagger
from tagger.plugins.threads import one_thread_per_core
from tagger.types import NotAsked, Ranking
from tagger.vocabulary import Vocabulary

log = logging.getLogger(__name__)

# Pretrained taggers are slow (they generate text). This many held-out products suffice to train the ranker on them.
_PRETRAINED_SAMPLE = 1000
# Share of a fold's tags that is hidden from its taggers in a second run, if one of them can generate unknown tags.
_HIDDEN = 0.1


@dataclass(frozen=True)
class FoldPredictions:
    """Products of one fold, and the rankings of taggers that were fitted without them.

    `statistics` count the products that the taggers were fitted on. If `whole`, the ranker learns from every candidate
    in `table`; otherwise only from candidates that are new to the taggers, and the rest serve as context.
    """

    fold: int
    products: Sequence[Product]
    rankings: Mapping[str, list[Ranking]]
    table: Candidates
    statistics: TagStatistics
    whole: bool = True

    @property
    def gold(self) -> list[tuple[str, ...]]:
        """The products' own tags."""
        return [product.tags for product in self.products]

    def teaches(self, tag: str) -> bool:
        """Return whether the ranker learns from this candidate."""
        return self.whole or not self.statistics.count(tag)


def out_of_fold(
    products: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
    progress: Progress,
    taught: Sequence[Product] = (),
) -> list[FoldPredictions]:
    """Run taggers on each fold after fitting them on all products outside it, and on the `taught` ones.

    Taught products have labels that no person gave: the taggers learn from them, the ranker does not.

    If there are more products than the ranker trains on (`most_products`), only two folds are predicted, each by
    taggers fitted on all products outside that fold. Taggers run side by side, those that need no vectors first.

    A pretrained tagger runs only on a sample of the products that were held out of its training. These products form
    an entry of their own in the result. They are predicted a second time with some tags hidden from the vocabulary and
    from the taggers: otherwise the vocabulary knows every tag of these products, and the ranker could not learn how
    far to trust a new tag. A reviewing tagger is asked about as many products as its `sample` allows; these form
    further entries.
    """
    parts = _parts(products, fusion)
    folds = [_fold(number, held, [*products, *taught], resources) for number, held in enumerate(parts)]
    text_only = [each for each in wanted if create_tagger(each, resources).text_only]
    judged: list[FoldPredictions] = []
    progress("out of fold", 0, len(parts))
    with one_thread_per_core() as threads:
        predicted = {
            (fold.number, each.name): threads.submit(_predict, each, fold, fusion.candidates)
            for first in (True, False)
            for fold in folds
            for each in wanted
            if (each in text_only) is first
        }
        for fold in folds:
            answers = {each.name: predicted.pop((fold.number, each.name)).result() for each in wanted}
            judged += _judge(fold, answers, wanted, fusion, len(parts))
            progress("out of fold", fold.number + 1, len(parts))
    return judged


@dataclass(frozen=True)
class _Fold:
    """Held-out products, all others, and resources that do not know what only the held-out products tell."""

    number: int
    held: Sequence[Product]
    others: Sequence[Product]
    resources: Resources


def _fold(number: int, held: Sequence[Product], products: Sequence[Product], resources: Resources) -> _Fold:
    ids = {product.id for product in held}
    others = [product for product in products if product.id not in ids]
    blind = replace(resources, vocabulary=vocabulary_without(held, others, resources.vocabulary))
    return _Fold(number, held, others, blind)


# A tagger's rankings of the held-out products, or a tagger that is asked about some of them later.
_Answer = list[Ranking] | GuardedTagger


def _predict(settings: PluginSettings, fold: _Fold, limit: int) -> _Answer:
    tagger = fit_tagger(settings, fold.resources, fold.others)
    return tagger if isinstance(tagger, Pretrained | Reviews) else tagger.suggest(fold.held, limit)


def _judge(
    fold: _Fold,
    answers: Mapping[str, _Answer],
    wanted: Sequence[PluginSettings],
    fusion: FusionSection,
    folds: int,
) -> list[FoldPredictions]:
    """Return the entries of one fold of several."""
    statistics = TagStatistics.of(fold.others)
    pretrained = {name: answer for name, answer in answers.items() if isinstance(answer, Pretrained)}
    reviewers = {name: answer for name, answer in answers.items() if isinstance(answer, Reviews)}
    samples = {name: reviewer.sample // folds for name, reviewer in reviewers.items()}
    places = {product.id: place for place, product in enumerate(fold.held)}
    judged = []
    for group, asked in _groups(fold.held, pretrained, _PRETRAINED_SAMPLE // folds):
        rankings = {
            name: [answer[places[product.id]] for product in group]
            if isinstance(answer, list)
            else answer.suggest(group, fusion.candidates)
            for name, answer in answers.items()
            if isinstance(answer, list) or name in asked
        }
        for part, of_part in _reviewed(group, rankings, reviewers, samples, fusion.candidates):
            table = candidates(part, of_part, statistics, list(answers))
            judged.append(FoldPredictions(fold.number, part, of_part, table, statistics))
        if asked:
            judged += _of_hidden_tags(fold, group, wanted, fusion)
    return judged


def vocabulary_without(held: Sequence[Product], others: Sequence[Product], vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary without the tags that only held-out products have.

    Tags with labels, a facet or parents stay: they were imported with a vocabulary file.
    """
    only_theirs = {tag for product in held for tag in product.tags} - {tag for each in others for tag in each.tags}
    return vocabulary.without({tag for tag in only_theirs if not vocabulary.entry(tag).stated})


def _parts(products: Sequence[Product], fusion: FusionSection) -> list[list[Product]]:
    order = sorted(products, key=lambda product: hashlib.md5(f"{fusion.seed}{product.id}".encode()).digest())  # noqa: S324
    size = -(-len(order) // fusion.folds)
    if len(order) > fusion.most_products:
        size = -(-fusion.most_products // 2)
        order = order[: fusion.most_products]
    return list(batched(order, size))


def _groups(
    held: Sequence[Product], pretrained: Mapping[str, Pretrained], most: int
) -> list[tuple[list[Product], Mapping[str, Pretrained]]]:
    """Split a fold into products for all taggers and products for all but the pretrained ones."""
    if not pretrained:
        return [(list(held), {})]
    fresh = [product for product in held if all(tagger.unseen(product) for tagger in pretrained.values())][:most]
    ids = {product.id for product in fresh}
    rest = [product for product in held if product.id not in ids]
    return [(group, asked) for group, asked in ((fresh, pretrained), (rest, {})) if group]


def _reviewed(
    products: Sequence[Product],
    rankings: Mapping[str, list[Ranking]],
    reviewers: Mapping[str, Reviews],
    samples: dict[str, int],
    limit: int,
) -> list[tuple[Sequence[Product], Mapping[str, list[Ranking]]]]:
    """Ask the reviewers about their samples, and return the products by the reviewers that answered, with all rankings.

    `samples` has the number of products that each reviewer may still be asked about; what is asked here is taken off.
    """
    said: dict[str, list[Ranking]] = {}
    for name, reviewer in reviewers.items():
        most = min(samples[name], len(products))
        samples[name] -= most
        shown = candidates_for_review({each: of_one[:most] for each, of_one in rankings.items()}, most)
        answers = reviewer.review(products[:most], shown, limit, 0)
        if reasons := [each.reason for each in answers if isinstance(each, NotAsked) and each.reason]:
            log.warning("%s gave no answer on %d of %d products: %s", name, len(reasons), most, reasons[-1])
        said[name] = [*answers, *(NotAsked() for _ in products[most:])]
    by_names: dict[tuple[str, ...], list[int]] = {}
    for at in range(len(products)):
        answered = tuple(name for name, of_one in said.items() if not isinstance(of_one[at], NotAsked))
        by_names.setdefault(answered, []).append(at)
    together = {**rankings, **said}
    return [
        (
            [products[at] for at in places],
            {name: [together[name][at] for at in places] for name in (*rankings, *answered)},
        )
        for answered, places in by_names.items()
    ]


def _of_hidden_tags(
    fold: _Fold, held: Sequence[Product], wanted: Sequence[PluginSettings], fusion: FusionSection
) -> list[FoldPredictions]:
    """Refit the taggers with some tags hidden, and predict held-out products that have a hidden tag.

    The rankings and gold tags of the result contain only tags that these taggers have not seen.
    """
    tags = {tag for product in fold.others for tag in product.tags}
    hidden = frozenset(random.Random(fusion.seed + fold.number).sample(sorted(tags), round(_HIDDEN * len(tags))))  # noqa: S311
    asked = [product for product in held if hidden.intersection(product.tags)]
    seen = tags - hidden
    known = [product for each in fold.others if (product := _with_tags(each, seen)).tags]
    if not asked or not known:
        return []
    blind = replace(fold.resources, vocabulary=fold.resources.vocabulary.without(hidden))
    taggers = {each.name: fit_tagger(each, blind, known) for each in wanted}
    statistics = TagStatistics.of(known)
    rankings = {
        name: tagger.suggest(asked, fusion.candidates)
        for name, tagger in taggers.items()
        if not isinstance(tagger, Reviews)
    }
    table = candidates(asked, rankings, statistics, list(taggers))
    new = {
        name: [[each for each in ranking if each.tag not in seen] for ranking in of_name]
        for name, of_name in rankings.items()
    }
    # Tags that only held-out products have are as new to these taggers as the hidden ones.
    products = [replace(each, tags=tuple(tag for tag in each.tags if tag not in seen)) for each in asked]
    return [FoldPredictions(fold.number, products, new, table, statistics, whole=False)]


def _with_tags(product: Product, tags: Collection[str]) -> Product:
    return replace(product, tags=tuple(tag for tag in product.tags if tag in tags))


def fit_tagger(settings: PluginSettings, resources: Resources, products: Sequence[Product]) -> GuardedTagger:
    """Build a tagger and fit it on these products if it is trainable."""
    tagger = create_tagger(settings, resources)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    return tagger

"""Ask taggers about products that they have not seen: what the ranker learns from."""

import hashlib
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index.batching import batched
from index.product import Product
from index.progress import Progress
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import Candidates, candidates
from tagger.fusion.settings import FusionSection
from tagger.plugins import BaseTagger, PluginSettings, Pretrained, Resources, Trainable, create_tagger
from tagger.types import Ranking
from tagger.vocabulary import Entry, Vocabulary

# A pretrained tagger is slow (it writes text): so many products that it has not seen are enough to learn its worth.
_PRETRAINED_SAMPLE = 1000
# So many of a fold's tags are hidden from its taggers once more, where one of them can write tags that it has not met.
_HIDDEN = 0.1


@dataclass(frozen=True)
class FoldPredictions:
    """Some products of a fold, and what taggers that had not seen them said of them.

    `statistics` are those of the products that the taggers had seen. The table is learnt from as a `whole`, or only
    those of its candidates are that are new to the taggers; the others are their company.
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
        """Tell whether a candidate is learnt from."""
        return self.whole or not self.statistics.count(tag)


def out_of_fold(
    products: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
    progress: Progress,
) -> list[FoldPredictions]:
    """Let taggers that were fitted on the other folds judge each fold.

    With more products than the ranker learns from, fewer folds are judged, each still by taggers that were fitted on
    all the others. A pretrained tagger is asked about some of the products that it has not seen: these come as a part
    of their own, and once more with some tags hidden, since a vocabulary has all tags of its products: what a tag is
    worth that is in none of them can be learnt only so.
    """
    parts = _parts(products, fusion)
    judged: list[FoldPredictions] = []
    progress("out of fold", 0, len(parts))
    for fold, held in enumerate(parts):
        ids = {product.id for product in held}
        others = [product for product in products if product.id not in ids]
        blind = replace(resources, vocabulary=_as_without(held, others, resources.vocabulary))
        taggers = {each.name: fit_tagger(each, blind, others) for each in wanted}
        statistics = TagStatistics.of(others)
        for group, asked in _groups(held, taggers, _PRETRAINED_SAMPLE // len(parts)):
            judged.append(_predict_fold(fold, group, asked, statistics, list(taggers), fusion.candidates))
            if any(isinstance(tagger, Pretrained) for tagger in asked.values()):
                judged += _of_hidden_tags(fold, group, others, wanted, blind, fusion)
        progress("out of fold", fold + 1, len(parts))
    return judged


def _as_without(held: Sequence[Product], others: Sequence[Product], vocabulary: Vocabulary) -> Vocabulary:
    """Return the vocabulary as it would be without the held products: a tag of theirs alone would not be known.

    One with labels was imported, and stays.
    """
    only_theirs = {tag for product in held for tag in product.tags} - {tag for each in others for tag in each.tags}
    return vocabulary.without({tag for tag in only_theirs if vocabulary.entry(tag) == Entry(tag)})


def _parts(products: Sequence[Product], fusion: FusionSection) -> list[list[Product]]:
    order = sorted(products, key=lambda product: hashlib.md5(f"{fusion.seed}{product.id}".encode()).digest())  # noqa: S324
    size = -(-len(order) // fusion.folds)
    if len(order) > fusion.most_products:
        size = -(-fusion.most_products // 2)
        order = order[: fusion.most_products]
    return list(batched(order, size))


def _groups(
    held: Sequence[Product], taggers: Mapping[str, BaseTagger], most: int
) -> list[tuple[list[Product], Mapping[str, BaseTagger]]]:
    """Part a fold into products that all taggers are asked about, and products that no pretrained one is."""
    pretrained = [tagger for tagger in taggers.values() if isinstance(tagger, Pretrained)]
    if not pretrained:
        return [(list(held), taggers)]
    fresh = [product for product in held if all(tagger.unseen(product) for tagger in pretrained)][:most]
    ids = {product.id for product in fresh}
    rest = [product for product in held if product.id not in ids]
    others = {name: tagger for name, tagger in taggers.items() if not isinstance(tagger, Pretrained)}
    return [(group, asked) for group, asked in ((fresh, taggers), (rest, others)) if group]


def _predict_fold(
    fold: int,
    products: Sequence[Product],
    asked: Mapping[str, BaseTagger],
    statistics: TagStatistics,
    names: Sequence[str],
    limit: int,
) -> FoldPredictions:
    rankings = {name: tagger.suggest(products, limit) for name, tagger in asked.items()}
    return FoldPredictions(fold, products, rankings, candidates(products, rankings, statistics, names), statistics)


def _of_hidden_tags(
    fold: int,
    held: Sequence[Product],
    others: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
) -> list[FoldPredictions]:
    """Hide some tags from the taggers, and judge what they say of held products beyond the tags that they know."""
    tags = {tag for product in others for tag in product.tags}
    hidden = frozenset(random.Random(fusion.seed + fold).sample(sorted(tags), round(_HIDDEN * len(tags))))  # noqa: S311
    asked = [product for product in held if hidden.intersection(product.tags)]
    seen = tags - hidden
    known = [product for each in others if (product := _with_tags(each, seen)).tags]
    if not asked or not known:
        return []
    blind = replace(resources, vocabulary=resources.vocabulary.without(hidden))
    taggers = {each.name: fit_tagger(each, blind, known) for each in wanted}
    statistics = TagStatistics.of(known)
    judged = _predict_fold(fold, asked, taggers, statistics, list(taggers), fusion.candidates)
    new = {
        name: [[each for each in ranking if each.tag not in seen] for ranking in of_name]
        for name, of_name in judged.rankings.items()
    }
    # What only held products have is as new to these taggers as what was hidden from them.
    products = [replace(each, tags=tuple(tag for tag in each.tags if tag not in seen)) for each in asked]
    return [FoldPredictions(fold, products, new, judged.table, statistics, whole=False)]


def _with_tags(product: Product, tags: Collection[str]) -> Product:
    return replace(product, tags=tuple(tag for tag in product.tags if tag in tags))


def fit_tagger(settings: PluginSettings, resources: Resources, products: Sequence[Product]) -> BaseTagger:
    """Build a tagger and, where it can learn, let it learn from these products."""
    tagger = create_tagger(settings, resources)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    return tagger

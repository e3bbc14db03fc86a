"""Ask taggers about products that they have not seen: what the ranker learns from."""

import hashlib
import random
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from index.product import Product
from index.progress import Progress
from tagger.features import Candidates, candidates
from tagger.plugin import PluginSettings, Pretrained, Resources, Tagger, Trainable, create_tagger
from tagger.settings import FusionSection
from tagger.statistics import TagStatistics
from tagger.suggestion import Ranking

# A pretrained tagger is slow (it writes text): so many products that it has not seen are enough to learn its worth.
_PRETRAINED_SAMPLE = 1000
# So many of a fold's tags are hidden from its taggers once more, where one of them can write tags that it has not met.
_HIDDEN = 0.1


@dataclass(frozen=True)
class Judged:
    """Some products of a fold, and what taggers that had not seen them said of them."""

    fold: int
    products: Sequence[Product]
    rankings: Mapping[str, list[Ranking]]
    table: Candidates

    @property
    def gold(self) -> list[tuple[str, ...]]:
        """The products' own tags."""
        return [product.tags for product in self.products]


def out_of_fold(
    products: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
    progress: Progress,
) -> list[Judged]:
    """Let taggers that were fitted on the other folds judge each fold.

    With more products than the ranker learns from, fewer folds are judged, each still by taggers that were fitted on
    all the others. A pretrained tagger is asked about some of the products that it has not seen: these come as a part
    of their own, and once more with some tags hidden, since a vocabulary has all tags of its products: what a tag is
    worth that is in none of them can be learnt only so.
    """
    parts = _parts(products, fusion)
    judged: list[Judged] = []
    progress("out of fold", 0, len(parts))
    for fold, held in enumerate(parts):
        ids = {product.id for product in held}
        others = [product for product in products if product.id not in ids]
        taggers = {each.name: fitted_tagger(each, resources, others) for each in wanted}
        statistics = TagStatistics.of(others)
        for group, asked in _groups(held, taggers, _PRETRAINED_SAMPLE // fusion.folds):
            judged.append(_judged(fold, group, asked, statistics, list(taggers), fusion.candidates))
            if any(isinstance(tagger, Pretrained) for tagger in asked.values()):
                judged += _of_hidden_tags(fold, group, others, wanted, resources, fusion)
        progress("out of fold", fold + 1, len(parts))
    return judged


def _parts(products: Sequence[Product], fusion: FusionSection) -> list[list[Product]]:
    order = sorted(products, key=lambda product: hashlib.md5(f"{fusion.seed}{product.id}".encode()).digest())  # noqa: S324
    size = -(-len(order) // fusion.folds)
    if len(order) > fusion.most_products:
        size = -(-fusion.most_products // 2)
        order = order[: fusion.most_products]
    return [order[start : start + size] for start in range(0, len(order), size)]


def _groups(
    held: Sequence[Product], taggers: Mapping[str, Tagger], most: int
) -> list[tuple[list[Product], Mapping[str, Tagger]]]:
    """Part a fold into products that all taggers are asked about, and products that no pretrained one is."""
    pretrained = [tagger for tagger in taggers.values() if isinstance(tagger, Pretrained)]
    if not pretrained:
        return [(list(held), taggers)]
    fresh = [product for product in held if all(tagger.unseen(product) for tagger in pretrained)][:most]
    ids = {product.id for product in fresh}
    rest = [product for product in held if product.id not in ids]
    others = {name: tagger for name, tagger in taggers.items() if not isinstance(tagger, Pretrained)}
    return [(group, asked) for group, asked in ((fresh, taggers), (rest, others)) if group]


def _judged(
    fold: int,
    products: Sequence[Product],
    asked: Mapping[str, Tagger],
    statistics: TagStatistics,
    names: Sequence[str],
    limit: int,
) -> Judged:
    rankings = {name: tagger.suggest(products, limit) for name, tagger in asked.items()}
    return Judged(fold, products, rankings, candidates(products, rankings, statistics, names))


def _of_hidden_tags(
    fold: int,
    held: Sequence[Product],
    others: Sequence[Product],
    wanted: Sequence[PluginSettings],
    resources: Resources,
    fusion: FusionSection,
) -> list[Judged]:
    """Hide some tags from the taggers, and judge what they say of held products beyond the tags that they know."""
    tags = {tag for product in others for tag in product.tags}
    hidden = frozenset(random.Random(fusion.seed + fold).sample(sorted(tags), round(_HIDDEN * len(tags))))  # noqa: S311
    asked = [product for product in held if hidden.intersection(product.tags)]
    seen = tags - hidden
    known = [product for each in others if (product := _with_tags(each, seen)).tags]
    if not asked or not known:
        return []
    blind = replace(resources, vocabulary=resources.vocabulary.without(hidden))
    taggers = {each.name: fitted_tagger(each, blind, known) for each in wanted}
    statistics = TagStatistics.of(known)
    judged = _judged(fold, asked, taggers, statistics, list(taggers), fusion.candidates)
    new = {
        name: [[each for each in ranking if each.tag not in seen] for ranking in judged.rankings[name]]
        for name, tagger in taggers.items()
        if isinstance(tagger, Pretrained)
    }
    only_new = judged.table.only(lambda tag: tag not in seen)
    return [Judged(fold, [_with_tags(product, hidden) for product in asked], new, only_new)]


def _with_tags(product: Product, tags: Collection[str]) -> Product:
    return replace(product, tags=tuple(tag for tag in product.tags if tag in tags))


def fitted_tagger(settings: PluginSettings, resources: Resources, products: Sequence[Product]) -> Tagger:
    """Build a tagger and, where it can learn, let it learn from these products."""
    tagger = create_tagger(settings, resources)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    return tagger

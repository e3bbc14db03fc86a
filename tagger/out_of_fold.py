"""Ask taggers about products that they have not seen: what the ranker learns from."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.product import Product
from index.progress import Progress
from tagger.features import Candidates, candidates
from tagger.plugin import PluginSettings, Pretrained, Resources, Tagger, Trainable, create_tagger
from tagger.settings import FusionSection
from tagger.statistics import TagStatistics
from tagger.suggestion import Ranking

# A pretrained tagger is slow (it writes text): so many products that it has not seen are enough to learn its worth.
_PRETRAINED_SAMPLE = 1000


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
    of their own.
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
            rankings = {name: tagger.suggest(group, fusion.candidates) for name, tagger in asked.items()}
            table = candidates(group, rankings, statistics, [each.name for each in wanted])
            judged.append(Judged(fold, group, rankings, table))
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


def fitted_tagger(settings: PluginSettings, resources: Resources, products: Sequence[Product]) -> Tagger:
    """Build a tagger and, where it can learn, let it learn from these products."""
    tagger = create_tagger(settings, resources)
    if isinstance(tagger, Trainable):
        tagger.fit(products)
    return tagger

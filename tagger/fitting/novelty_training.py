"""Fit what tells products of other kinds apart."""

from collections.abc import Sequence
from pathlib import Path

from index.product import Product
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.novelty import detector
from tagger.plugins import PluginSettings, Resources
from tagger.plugins.roster import TaggerRoster
from tagger.types import Ranking

# The plugins that find neighbours, and names in the text; the number of neighbours where the settings give none.
_JUDGES = ("knn", "lexical")
_NEIGHBOURS = 20


def fit_novelty(
    products: Sequence[Product],
    judged: Sequence[FoldPredictions],
    roster: TaggerRoster,
    resources: Resources,
    folder: Path,
    seed: int,
) -> None:
    """Fit the detector on what the taggers found out of fold, and save it."""
    knn, lexical = (next((each for each in roster.wanted if plugin_of(each) == name), None) for name in _JUDGES)
    sources = detector.Sources(knn.name if knn else "", lexical.name if lexical else "")
    nothing: list[Ranking] = []
    named = {
        product.id: ranking
        for part in judged
        if part.whole
        for product, ranking in zip(
            part.products, part.rankings.get(sources.names, nothing) or [[]] * len(part.products), strict=True
        )
    }
    vectors = resources.encoder.encode([product.text for product in products])
    options = knn.options if knn else {}
    neighbours = int(options.get("neighbours", _NEIGHBOURS))
    fitted = detector.fit_detector(products, vectors, named, sources, neighbours=neighbours, seed=seed)
    fitted.save(folder)


def plugin_of(settings: PluginSettings) -> str:
    """Return the name of the plugin that a tagger of a store is."""
    return settings.plugin or settings.name

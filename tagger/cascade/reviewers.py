"""Ask the reviewing taggers about the products that the others are unsure of."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from index.errors import TagweaveError
from index.product import Product
from tagger.cascade.unsureness import unsureness
from tagger.fusion.fuser import candidates_for_review
from tagger.plugins import Reviews
from tagger.tagger_outputs import TaggerOutputs, leave_out
from tagger.types import NotAsked, Ranking
from tagger.vocabulary.renames import TagRenames


def ask_reviewers(
    reviewers: Mapping[str, Reviews],
    products: Sequence[Product],
    outputs: TaggerOutputs,
    limit: int,
    renames: TagRenames,
    *,
    fuse: Callable[[Sequence[Product], Mapping[str, Sequence[Ranking]]], list[Ranking]],
    unsure_from: Mapping[str, float],
) -> TaggerOutputs:
    """Return the outputs with those of the reviewers; `fuse` gives the rankings that the others lead to.

    Products up to a reviewer's level of `unsure_from` are not shown to it. Raises the error of a reviewer that is not
    optional.
    """
    if not reviewers or not products:
        return outputs
    found = replace(outputs, rankings=dict(outputs.rankings), seconds=dict(outputs.seconds))
    doubts = list(map(unsureness, fuse(products, outputs.rankings)))
    candidates = candidates_for_review(outputs.rankings, len(products))
    for name, reviewer in reviewers.items():
        start = time.perf_counter()
        level = unsure_from.get(name, float("-inf"))
        chosen = sorted((at for at, doubt in enumerate(doubts) if doubt > level), key=lambda at: (-doubts[at], at))
        rankings: list[Ranking] = [NotAsked() for _ in products]
        try:
            said = reviewer.review(
                [products[at] for at in chosen], [candidates[at] for at in chosen], limit, len(products)
            )
        except TagweaveError as error:
            leave_out(name, error, outputs.optional, found.without)
        else:
            for at, ranking in zip(chosen, said, strict=True):
                rankings[at] = renames.to_learnt(ranking, found.renamed)
                if isinstance(ranking, NotAsked) and ranking.reason:
                    found.without[name] = ranking.reason
            found.rankings[name] = rankings
        found.seconds[name] = time.perf_counter() - start
    return found

"""Ask several taggers about the same products, each once."""

import logging
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from index.errors import TagweaveError
from index.messages import Message
from index.product import Product
from tagger.analysis import analyze
from tagger.plugins import Analysis, BaseTagger, FindsNeighbours
from tagger.types import Evidence, LabelledHit, Ranking, merge_evidence
from tagger.vocabulary.renames import TagRenames

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class TaggerOutputs:
    """Each tagger's rankings for some products, and the seconds it took; `without` says why a tagger is missing.

    `renamed` maps a tagger's name for a tag to the name under which it is fused, if the two differ.
    """

    rankings: dict[str, list[Ranking]]
    analyses: dict[str, Analysis]
    seconds: dict[str, float]
    without: dict[str, Message]
    renamed: dict[str, str]
    optional: Collection[str] = ()

    def nearest(self, tagger: str) -> list[list[LabelledHit]] | None:
        """Return the labelled products nearest to each product as a tagger found them, or None if it did not."""
        analysis = self.analyses.get(tagger)
        return analysis.nearest() if isinstance(analysis, FindsNeighbours) else None

    def evidence(self, tags: Sequence[str]) -> list[Evidence]:
        """Return the evidence for tags of a single product, including evidence under the taggers' own names."""
        names = {old: new for old, new in self.renamed.items() if new in tags} | {tag: tag for tag in tags}
        parts: list[dict[str, Evidence]] = []
        for name, analysis in self.analyses.items():
            try:
                parts += analysis.evidence([list(names)])
            except TagweaveError as error:
                leave_out(name, error, self.optional, self.without)
        return [
            merge_evidence(part[old] for part in parts for old, new in names.items() if new == tag and old in part)
            for tag in tags
        ]


def ask_taggers(
    taggers: Mapping[str, BaseTagger],
    products: Sequence[Product],
    limit: int,
    renames: TagRenames,
    *,
    optional: Collection[str],
    without: Mapping[str, Message],
) -> TaggerOutputs:
    """Ask each tagger for at most `limit` tags. Raises the error of a tagger that is not optional.

    `without` gives the reason for each tagger that is already missing.
    """
    outputs = TaggerOutputs({}, {}, {}, dict(without), {}, optional)
    for name, tagger in taggers.items():
        start = time.perf_counter()
        try:
            analysis = analyze(tagger, products)
            rankings = analysis.rankings(limit)
        except TagweaveError as error:
            leave_out(name, error, optional, outputs.without)
        else:
            outputs.analyses[name] = analysis
            outputs.rankings[name] = [renames.to_learnt(each, outputs.renamed) for each in rankings]
        outputs.seconds[name] = time.perf_counter() - start
    return outputs


def leave_out(name: str, error: TagweaveError, optional: Collection[str], without: dict[str, Message]) -> None:
    """Record why an optional tagger failed; raises the error if the tagger is not optional."""
    if name not in optional:
        raise error
    log.warning("going on without %s: %s", name, error)
    without[name] = error.message

"""The learned fuser: two passes of gradient-boosted trees over candidate features, then calibration."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from index.errors import StaleArtifact
from index.product import Product
from index.text.normal_form import VERSION, saved_version
from tagger import gbdt as trees
from tagger.corrections.effects import UNSUGGESTED, CorrectedScore, Correction, Corrections
from tagger.fusion.calibration import ByLanguage
from tagger.fusion.context_features import COMPANY, context_features
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import STATISTICS, TEXT, Candidates, candidates, columns, source_of
from tagger.fusion.fuser import by_product
from tagger.gbdt import GbdtModel, sigmoid
from tagger.types import Contribution, Ranking, suggestions

# The source name for the second pass's contribution.
OTHERS = "others"
_FIRST, _SECOND, _LEARNT = "ranker.txt", "company.txt", "ranker.json"
# The files that `save` writes, besides the statistics.
FILES = (_FIRST, _SECOND, _LEARNT)


class LearnedRanker:
    """Scores each candidate by its probability of being right.

    The first pass scores each candidate alone. The second pass uses the first probabilities of all candidates of the
    product, and adds a correction to the logit: other tags may imply or exclude the candidate.
    """

    def __init__(
        self,
        first: GbdtModel,
        second: GbdtModel,
        statistics: TagStatistics,
        taggers: Sequence[str],
        calibration: ByLanguage,
        version: int = VERSION,
    ) -> None:
        """`version` is that of the normal form in which texts and names are compared."""
        self._version = version
        self._first = first
        self._second = second
        self._statistics = statistics
        self._taggers = list(taggers)
        self._calibration = calibration

    def score(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]]) -> "RankedCandidates":
        """Run both passes once over all candidates."""
        table = candidates(products, rankings, self._statistics, self._taggers, self._version)
        first = self._first.logits(table.features)
        added = self._second.logits(companies(table, first, self._statistics))
        return RankedCandidates(
            table=table,
            added=added,
            logits=first + added,
            products=products,
            suggested=rankings,
            taggers=self._taggers,
            first=self._first,
            calibration=self._calibration,
        )

    def knows(self, tag: str) -> bool:
        """Return whether any training product had a tag of this name."""
        return self._statistics.count(tag) > 0

    def importance(self) -> dict[str, float]:
        """Return each feature's share of the total gain, largest first; the shares add up to 1 within each pass."""
        first = zip(columns(self._taggers), self._first.gains().tolist(), strict=True)
        second = zip((f"{OTHERS}: {part}" for part in COMPANY), self._second.gains().tolist(), strict=True)
        return dict(sorted([*first, *second], key=lambda item: -item[1]))

    def save(self, folder: Path) -> None:
        """Write the trees in LightGBM's text format, the statistics and the calibration."""
        self._first.save(folder / _FIRST)
        self._second.save(folder / _SECOND)
        self._statistics.save(folder)
        learnt = {
            "taggers": self._taggers,
            "columns": [*columns(self._taggers), *COMPANY],
            "calibrations": self._calibration.as_dict(),
            "normal_form": self._version,
        }
        (folder / _LEARNT).write_text(json.dumps(learnt, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LearnedRanker":
        """Read what `save` wrote; raises `StaleArtifact` if the ranker was trained on different features."""
        learnt = json.loads((folder / _LEARNT).read_text("utf-8"))
        if learnt["columns"] != [*columns(learnt["taggers"]), *COMPANY] or "calibrations" not in learnt:
            raise StaleArtifact("fit.ranker-features")
        first, second = (trees.load(folder / name) for name in (_FIRST, _SECOND))
        calibration = ByLanguage.from_dict(learnt["calibrations"])
        statistics = TagStatistics.load(folder)
        return cls(first, second, statistics, learnt["taggers"], calibration, saved_version(learnt))


@dataclass(frozen=True)
class RankedCandidates:
    """The candidates of several products, scored by a learned ranker.

    `added` is the second pass's correction, and `logits` the sum of both passes, (candidates,) each. `suggested` has
    each tagger's rankings.
    """

    table: Candidates
    added: np.ndarray
    logits: np.ndarray
    products: Sequence[Product]
    suggested: Mapping[str, Sequence[Ranking]]
    taggers: Sequence[str]
    first: GbdtModel
    calibration: ByLanguage

    def rankings(self, limit: int) -> list[Ranking]:
        """Return the candidates by calibrated probability."""
        scores = self.calibration(sigmoid(self.logits), languages(self.table, self.products))
        return rankings_of(self.table, scores, limit)

    def contributions(self, tags: Sequence[Sequence[str]]) -> list[list[tuple[Contribution, ...]]]:
        """Return the contributions of each tagger, the text, the tag statistics and the other candidates to the logit.

        They are returned for each given candidate of each product.
        """
        rows = np.array([self.table.row(at, tag) for at, wanted in enumerate(tags) for tag in wanted], int)
        of_first = self.first.contributions(self.table.features[rows])
        names = [source_of(column) for column in columns(self.taggers)]
        sources = list(dict.fromkeys([*self.taggers, STATISTICS, TEXT]))
        member = np.array([[name == source for source in sources] for name in names], np.float64)
        # The last column is the first pass's base value; the second pass is reported as a single contribution.
        values = np.column_stack([of_first[:, :-1] @ member, of_first[:, -1], self.added[rows]]).tolist()
        found = iter(values)
        given = by_product(self.suggested, len(self.products))
        scores = [{name: dict(ranking) for name, ranking in each.items()} for each in given]
        return [
            [
                tuple(
                    Contribution(name, said.get(name, {}).get(tag), value)
                    for name, value in zip([*sources, "base", OTHERS], next(found), strict=True)
                )
                for tag in wanted
            ]
            for said, wanted in zip(scores, tags, strict=True)
        ]

    def corrected(self, corrections: Sequence[Corrections]) -> list[dict[str, CorrectedScore]]:
        """Correct the raw logits and calibrate the result; tags decided for the same product are not calibrated."""
        return [
            {tag: self._corrected(at, tag, correction) for tag, correction in of_product.items()}
            for at, of_product in enumerate(corrections)
        ]

    def _corrected(self, at: int, tag: str, correction: Correction) -> CorrectedScore:
        suggested = self.table.has(at, tag)
        before = float(self.logits[self.table.row(at, tag)]) if suggested else UNSUGGESTED
        after = correction(before)
        score = float(sigmoid(after))
        if correction.decided is None:
            score = float(self.calibration(np.array([score]), [self.products[at].lang])[0])
        return CorrectedScore(score, after - before, suggested=suggested, base=before)


def companies(table: Candidates, logits: np.ndarray, statistics: TagStatistics) -> np.ndarray:
    """Return the second-pass features of all candidates, float32 (candidates, columns).

    `logits` are the first pass's, (candidates,).
    """
    return context_features(table.tags, table.starts, sigmoid(logits), statistics).astype(np.float32)


def languages(table: Candidates, products: Sequence[Product]) -> list[str]:
    """Return the language of each candidate's product."""
    return [product.lang for at, product in enumerate(products) for _ in table.of(at)]


def rankings_of(table: Candidates, scores: np.ndarray, limit: int) -> list[Ranking]:
    """Turn scores, (candidates,), into one ranking per product."""
    product = np.repeat(np.arange(len(table.starts) - 1), np.diff(table.starts))
    # The sort is stable, and candidates come by name: so do ties.
    order = np.lexsort((-scores, product))
    best, values = order.tolist(), scores[order].tolist()
    parts = (slice(start, min(end, start + limit)) for start, end in pairwise(table.starts))
    return [suggestions(map(table.tags.__getitem__, best[part]), values[part]) for part in parts]

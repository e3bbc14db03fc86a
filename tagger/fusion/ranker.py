"""The learned fuser: gradient-boosted trees over the candidates' features, in two passes, calibrated."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from index.errors import StaleArtifact
from index.product import Product
from tagger import gbdt as trees
from tagger.corrections.effects import UNSAID, CorrectedScore, Correction, Corrections
from tagger.fusion.calibration import ByLanguage
from tagger.fusion.context_features import COMPANY, context_features
from tagger.fusion.cooccurrence import TagStatistics
from tagger.fusion.features import STATISTICS, TEXT, Candidates, candidates, columns, source_of
from tagger.gbdt import GbdtModel, sigmoid
from tagger.types import Contribution, Ranking, ranked

# The source of what the second pass adds.
OTHERS = "others"
_FIRST, _SECOND, _LEARNT = "ranker.txt", "company.txt", "ranker.json"
# What `save` writes beside the statistics.
FILES = (_FIRST, _SECOND, _LEARNT)


class LearnedRanker:
    """Scores each candidate by its probability of being right.

    The first trees judge each candidate by itself. The second know how probable that makes all candidates of the
    product, and add to the logit what the others say of each: tags that imply it, tags that exclude it.
    """

    def __init__(
        self,
        first: GbdtModel,
        second: GbdtModel,
        statistics: TagStatistics,
        taggers: Sequence[str],
        calibration: ByLanguage,
    ) -> None:
        self._first = first
        self._second = second
        self._statistics = statistics
        self._taggers = list(taggers)
        self._calibration = calibration

    def fuse(self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], limit: int) -> list[Ranking]:
        """Return the candidates by calibrated probability, one ranking for each product."""
        table = candidates(products, rankings, self._statistics, self._taggers)
        scores = self._calibration(sigmoid(self._logits(table)), languages(table, products))
        return rankings_of(table, scores, limit)

    def _logits(self, table: Candidates) -> np.ndarray:
        first = self._first.logits(table.features)
        return first + self._second.logits(companies(table, first, self._statistics))

    def shares(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], tags: Sequence[Sequence[str]]
    ) -> list[list[tuple[Contribution, ...]]]:
        """Return what each tagger, the text, the tags' statistics and the other candidates contributed to the logit."""
        table = candidates(products, rankings, self._statistics, self._taggers)
        rows = [[self._row(table, at, tag) for tag in wanted] for at, wanted in enumerate(tags)]
        picked = np.array([row for of_product in rows for row in of_product], int)
        of_company = companies(table, self._first.logits(table.features), self._statistics)
        first = self._first.contributions(table.features[picked])
        second = self._second.contributions(of_company[picked])
        contributions = iter(np.column_stack([first, second.sum(axis=1)]))
        scores = [{name: dict(each[at]) for name, each in rankings.items()} for at in range(len(products))]
        return [
            [self._shares(next(contributions), given, tag) for tag in wanted]
            for given, wanted in zip(scores, tags, strict=True)
        ]

    def moved(
        self, products: Sequence[Product], rankings: Mapping[str, Sequence[Ranking]], moves: Sequence[Corrections]
    ) -> list[dict[str, CorrectedScore]]:
        """Move the raw logits, and calibrate what comes of it; a tag that was decided on needs no calibration."""
        table = candidates(products, rankings, self._statistics, self._taggers)
        logits = self._logits(table)
        said = [{table.tags[row]: float(logits[row]) for row in table.of(at)} for at in range(len(products))]
        return [
            {tag: self._moved(of_product.get(tag), move, product.lang) for tag, move in wanted.items()}
            for product, of_product, wanted in zip(products, said, moves, strict=True)
        ]

    def knows(self, tag: str) -> bool:
        """Tell whether products had the tag under this name when this was fitted."""
        return self._statistics.count(tag) > 0

    def _moved(self, logit: float | None, move: Correction, language: str) -> CorrectedScore:
        before = UNSAID if logit is None else logit
        after = move(before)
        score = float(sigmoid(after))
        if move.decided is None:
            score = float(self._calibration(np.array([score]), [language])[0])
        return CorrectedScore(score, after - before, said=logit is not None, base=before)

    def _row(self, table: Candidates, at: int, tag: str) -> int:
        return table.starts[at] + table.tags[table.starts[at] : table.starts[at + 1]].index(tag)

    def _shares(
        self, contributions: np.ndarray, scores: Mapping[str, Mapping[str, float]], tag: str
    ) -> tuple[Contribution, ...]:
        sums = dict.fromkeys((*self._taggers, STATISTICS, TEXT), 0.0)
        for column, value in zip(columns(self._taggers), contributions, strict=False):
            sums[source_of(column)] += float(value)
        # After the columns stand the first trees' mean answer, and what the second trees add.
        sums["base"], sums[OTHERS] = map(float, contributions[-2:])
        return tuple(Contribution(name, scores.get(name, {}).get(tag), value) for name, value in sums.items())

    def importance(self) -> dict[str, float]:
        """Return each feature's share of its trees' total gain, the largest first; each pass has a whole of its own."""
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
        }
        (folder / _LEARNT).write_text(json.dumps(learnt, indent=1), "utf-8")

    @classmethod
    def load(cls, folder: Path) -> "LearnedRanker":
        """Read what `save` wrote; raises `StaleArtifact` where the features are now others."""
        learnt = json.loads((folder / _LEARNT).read_text("utf-8"))
        if learnt["columns"] != [*columns(learnt["taggers"]), *COMPANY] or "calibrations" not in learnt:
            raise StaleArtifact("the ranker was fitted on other features; run fit again")
        first, second = (trees.load(folder / name) for name in (_FIRST, _SECOND))
        calibration = ByLanguage.from_dict(learnt["calibrations"])
        return cls(first, second, TagStatistics.load(folder), learnt["taggers"], calibration)


def companies(table: Candidates, logits: np.ndarray, statistics: TagStatistics) -> np.ndarray:
    """Return what the other candidates of its product say of each, float32 (candidates, columns).

    `logits` are the first trees', (candidates,).
    """
    probabilities = sigmoid(logits)
    blocks = [
        context_features([table.tags[row] for row in rows], probabilities[rows.start : rows.stop], statistics)
        for rows in map(table.of, range(len(table.starts) - 1))
    ]
    return np.concatenate([np.zeros((0, len(COMPANY))), *blocks]).astype(np.float32)


def languages(table: Candidates, products: Sequence[Product]) -> list[str]:
    """Return the language of each candidate's product."""
    return [product.lang for at, product in enumerate(products) for _ in table.of(at)]


def rankings_of(table: Candidates, scores: np.ndarray, limit: int) -> list[Ranking]:
    """Turn the candidates' scores into one ranking for each product."""
    return [
        ranked({table.tags[row]: float(scores[row]) for row in table.of(at)}, limit)
        for at in range(len(table.starts) - 1)
    ]

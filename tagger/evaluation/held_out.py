"""Rankings of held-out labelled products, saved so that the systems can be evaluated later."""

import gzip
import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

from tagger.evaluation.evaluate import FUSED
from tagger.fusion.acceptance import Acceptance, Rule, acceptance, accepted_tags
from tagger.fusion.out_of_fold import FoldPredictions
from tagger.splits import position
from tagger.types import Ranking, Suggestion

FILE = "held_out.json.gz"
# Prefix of a tagger's name: the fusion of all other taggers.
WITHOUT = f"{FUSED} without "
_MOST_PRODUCTS = 5000
_PLACES = 30
# The highest level takes three times as long, for a file that is smaller by a twentieth.
_LEVEL = 4


@dataclass(frozen=True)
class HeldOut:
    """Held-out products with their own tags, and each system's ranking for each of them.

    `thresholds` has the score from which each system's tags are accepted; the fused ones may follow another `rule`.
    """

    ids: Sequence[str]
    gold: Sequence[tuple[str, ...]]
    rankings: Mapping[str, Sequence[Ranking]]
    thresholds: Mapping[str, float]
    rule: Rule = "threshold"

    def accepted(self, system: str, accepts: Acceptance | None = None) -> list[set[str]]:
        """Return the tags that a system accepts for each product, by its own rule if none is given."""
        rule = self.rule if is_fused(system) else "threshold"
        own = acceptance(rule, self.thresholds[system])
        return list(map(set, accepted_tags(self.rankings[system], accepts or own)))

    def save(self, path: Path) -> None:
        """Write gzipped JSON; rankings refer to tags by number.

        Scores keep all their digits, since a rounded one could cross a threshold.
        """
        tags = {tag: number for number, tag in enumerate(self._tags())}
        plain = {
            "tags": list(tags),
            "ids": list(self.ids),
            "gold": [[tags[tag] for tag in of_one] for of_one in self.gold],
            "rankings": {name: [_pack(each, tags) for each in said] for name, said in self.rankings.items()},
            "thresholds": dict(self.thresholds),
            "rule": self.rule,
        }
        # No time stamp, so that the same content gives the same file.
        text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
        path.write_bytes(gzip.compress(text.encode(), _LEVEL, mtime=0))

    def _tags(self) -> list[str]:
        said = (each.tag for rankings in self.rankings.values() for ranking in rankings for each in ranking)
        return sorted({*chain.from_iterable(self.gold), *said})


def is_fused(system: str) -> bool:
    """Tell whether a system is the fusion of all taggers, or of all but one."""
    return system == FUSED or system.startswith(WITHOUT)


def _pack(ranking: Ranking, tags: Mapping[str, int]) -> list[float]:
    return [value for tag, score in ranking for value in (tags[tag], float(score))]


def load(path: Path) -> HeldOut:
    """Read what `save` wrote."""
    plain: dict[str, Any] = json.loads(gzip.decompress(path.read_bytes()))
    tags: list[str] = plain["tags"]

    def ranking(packed: Sequence[float]) -> Ranking:
        pairs = zip(packed[::2], packed[1::2], strict=True)
        return [Suggestion(tags[int(number)], score) for number, score in pairs]

    gold = [tuple(tags[number] for number in of_one) for of_one in plain["gold"]]
    rankings = {name: [ranking(each) for each in said] for name, said in plain["rankings"].items()}
    return HeldOut(plain["ids"], gold, rankings, plain["thresholds"], plain["rule"])


def of_folds(
    judged: Sequence[FoldPredictions],
    fused: Sequence[Sequence[Ranking]],
    thresholds: Mapping[str, float],
    rule: Rule,
    *,
    reviewers: Collection[str] = (),
    most: int = _MOST_PRODUCTS,
) -> HeldOut:
    """Return the rankings of products that all taggers were asked about; `fused` has a list for each part.

    A pretrained tagger is asked about some products only; the others are left out, since fusing without it would not
    measure the whole pipeline. `reviewers` are asked about few products even after the fit, and have no rankings here.
    If there are more than `most` products, those with the lowest hashes are kept.
    """
    whole = [(part, of_part) for part, of_part in zip(judged, fused, strict=True) if part.whole]
    of_parts = [[name for name in part.rankings if name not in reviewers] for part, _ in whole]
    names = max(of_parts, key=len, default=[])
    asked = [each for each, of_one in zip(whole, of_parts, strict=True) if len(of_one) == len(names)]
    products = [product for part, _ in asked for product in part.products]
    said = {
        FUSED: [ranking for _, of_part in asked for ranking in of_part],
        **{name: [ranking for part, _ in asked for ranking in part.rankings[name]] for name in names},
    }
    kept = sorted(sorted(range(len(products)), key=lambda at: position(products[at]))[:most])
    return HeldOut(
        [products[at].id for at in kept],
        [products[at].tags for at in kept],
        {name: [rankings[at][:_PLACES] for at in kept] for name, rankings in said.items()},
        dict(thresholds),
        rule,
    )

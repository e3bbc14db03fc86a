"""Which of a product's tags are taken: all from one score on, or the set that is worth most on the whole.

The set with the highest expected F1 is sought as by Lewis (SIGIR 1995) and Ye, Chai, Lee and Chieu (ICML 2012): for
tags that are right independently of each other it holds the most probable ones, and only their number is open.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from tagger.types import Ranking

Rule = Literal["threshold", "expected_f1"]
# Takes all candidates of a product; returns the score from which on they are accepted.
Acceptance = Callable[[Ranking], float]

# Where no tag is worth taking, none is certain either.
NOTHING = 1.0
# Less probable tags move the expected F1 by nothing that counts, and there are many of them.
_COUNTS = 1e-3


def acceptance(rule: Rule, threshold: float) -> Acceptance:
    """Return the rule of that name."""
    return expected_f1 if rule == "expected_f1" else lambda ranking: threshold


def accepted_tags(rankings: Sequence[Ranking], accepts: Acceptance) -> list[list[str]]:
    """Return each product's accepted tags, out of rankings of all candidates."""
    levels = map(accepts, rankings)
    pairs = zip(rankings, levels, strict=True)
    return [[each.tag for each in ranking if each.score >= least] for ranking, least in pairs]


def expected_f1(ranking: Ranking) -> float:
    """Return the score of the last tag of the best set; no score is high enough for the empty one."""
    count = best_count(np.array([score for _, score in ranking]))
    return ranking[count - 1].score if count else NOTHING


def best_count(probabilities: np.ndarray) -> int:
    """Return how many of the first tags have the highest expected F1; `probabilities` (n,) from the highest.

    To accept none is worth the probability that none is right.
    """
    counting = probabilities[probabilities >= _COUNTS]
    of_taken, of_others = _numbers(counting), _numbers(counting[::-1])[::-1]
    none_is_right = float(of_others[0][0])
    return int(np.argmax([none_is_right, *map(_expected, of_taken[1:], of_others[1:])]))


def _expected(of_taken: np.ndarray, of_others: np.ndarray) -> float:
    """Return the expected F1, of how probable each number of right tags is among those taken and among the others."""
    taken, others = np.arange(len(of_taken))[:, None], np.arange(len(of_others))
    f1 = 2 * taken / (len(of_taken) - 1 + taken + others)
    return float(of_taken @ f1 @ of_others)


def _numbers(probabilities: np.ndarray) -> list[np.ndarray]:
    """Return, for the first 0, 1, 2, ... tags, how probable it is that 0, 1, 2, ... of them are right."""
    found = [np.ones(1)]
    for probability in probabilities:
        found.append(np.convolve(found[-1], [1 - probability, probability]))
    return found

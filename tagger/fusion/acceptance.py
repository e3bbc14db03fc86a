"""Decide which suggested tags to accept: by a fixed threshold, or the set with the highest expected F1.

The second rule follows Lewis (SIGIR 1995) and Ye, Chai, Lee and Chieu (ICML 2012): if tags are right independently of
each other, the best set consists of the most probable tags, so only its size has to be found.
"""

from collections.abc import Callable, Sequence
from typing import Literal

import numpy as np

from tagger.types import Ranking

Rule = Literal["threshold", "expected_f1"]
# Takes all candidates of a product; returns the lowest score that is accepted.
Acceptance = Callable[[Ranking], float]

# A threshold that no tag reaches: calibrated probabilities stay below 1.
NOTHING = 1.0
# Less probable tags hardly change the expected F1, and there are many of them.
_COUNTS = 1e-3


def acceptance(rule: Rule, threshold: float) -> Acceptance:
    """Return the acceptance rule of that name; `threshold` is used by the rule "threshold" only."""
    return expected_f1 if rule == "expected_f1" else lambda ranking: threshold


def accepted_tags(rankings: Sequence[Ranking], accepts: Acceptance) -> list[list[str]]:
    """Return each product's accepted tags; `rankings` must hold all candidates of each product."""
    levels = map(accepts, rankings)
    pairs = zip(rankings, levels, strict=True)
    return [[each.tag for each in ranking if each.score >= least] for ranking, least in pairs]


def expected_f1(ranking: Ranking) -> float:
    """Return the score of the last tag in the best set, or `NOTHING` if the best set is empty."""
    count = best_count(np.array([score for _, score in ranking]))
    return ranking[count - 1].score if count else NOTHING


def best_count(probabilities: np.ndarray) -> int:
    """Return the number of top tags with the highest expected F1; `probabilities` is (n,), in descending order.

    The F1 of the empty set is 1 if no tag is right, so its expected F1 is the probability of that.
    """
    counting = probabilities[probabilities >= _COUNTS]
    of_taken, of_others = _numbers(counting), _numbers(counting[::-1])[::-1]
    none_is_right = float(of_others[0][0])
    return int(np.argmax([none_is_right, *map(_expected, of_taken[1:], of_others[1:])]))


def _expected(of_taken: np.ndarray, of_others: np.ndarray) -> float:
    """Return the expected F1 from the distributions of the number of right tags among the taken and the other tags."""
    taken, others = np.arange(len(of_taken))[:, None], np.arange(len(of_others))
    f1 = 2 * taken / (len(of_taken) - 1 + taken + others)
    return float(of_taken @ f1 @ of_others)


def _numbers(probabilities: np.ndarray) -> list[np.ndarray]:
    """Return, for the first 0, 1, 2, ... tags, the distribution of the number of right ones among them."""
    found = [np.ones(1)]
    for probability in probabilities:
        found.append(np.convolve(found[-1], [1 - probability, probability]))
    return found

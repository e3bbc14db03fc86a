"""Choose tags that say different things rather than the likeliest alone."""

from collections.abc import Callable

import numpy as np

from index.encoders.base import Encoder
from index.vectors.base import Matrix
from tagger.types import Ranking

Choose = Callable[[Ranking, int], Ranking]
# So many times the wanted number are chosen from: what comes far behind is unlikely, and each name has to be embedded.
_AMONG = 3


def likeliest(ranking: Ranking, limit: int) -> Ranking:
    """Return the best of a ranking."""
    return ranking[:limit]


def diverse(encoder: Encoder, diversity: float) -> Choose:
    """Return what chooses tags by how probable and how unlike one another they are, by the encoder's view of names.

    A `diversity` of 0 chooses the likeliest, one of 1 looks at nothing but the names once the likeliest is chosen.
    What is chosen stays in the ranking's order.
    """

    def choose(ranking: Ranking, limit: int) -> Ranking:
        among = ranking[: limit * _AMONG]
        if not diversity or len(among) <= limit:
            return ranking[:limit]
        alike = rescale_similarities(encoder.encode([each.tag for each in among]))
        places = marginally_relevant(np.array([each.score for each in among]), alike, limit, diversity)
        return [among[place] for place in sorted(places)]

    return choose


def rescale_similarities(vectors: Matrix) -> Matrix:
    """Return the cosine similarities of unit vectors, (n, n), from 0 for the least alike to 1 for the most.

    Sentence encoders leave most cosines in a narrow band, where they would weigh nothing against probabilities.
    """
    cosines = vectors @ vectors.T
    others = cosines[~np.eye(len(cosines), dtype=bool)]
    least, most = (others.min(), others.max()) if len(others) else (0.0, 1.0)
    scaled: Matrix = np.clip((cosines - least) / max(most - least, 1e-9), 0, 1)
    return scaled


def marginally_relevant(scores: Matrix, alike: Matrix, limit: int, diversity: float) -> list[int]:
    """Return the places of at most `limit` of n, in the order of their choice, first the one of the highest score.

    Maximal marginal relevance: the next is the one with the greatest
    (1 - diversity) * score - diversity * (the greatest similarity to what is chosen), ties by place
    (Carbonell and Goldstein, SIGIR 1998).
    """
    chosen: list[int] = []
    nearest = np.zeros(len(scores))
    left = np.ones(len(scores), dtype=bool)
    for _ in range(min(limit, len(scores))):
        worth = (1 - diversity) * scores - diversity * nearest if chosen else scores
        place = int(np.argmax(np.where(left, worth, -np.inf)))
        chosen.append(place)
        left[place] = False
        nearest = np.maximum(nearest, alike[place])
    return chosen

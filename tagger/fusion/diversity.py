"""Select tags that differ in meaning, instead of only the most probable ones."""

from collections.abc import Callable

import numpy as np

from index.encoders.base import Encoder
from index.vectors.base import Matrix
from tagger.types import Ranking

Choose = Callable[[Ranking, int], Ranking]
# Select from this many times the requested number of tags. Lower-ranked tags are unlikely, and each name costs an
# embedding.
_AMONG = 3


def likeliest(ranking: Ranking, limit: int) -> Ranking:
    """Return the first `limit` tags of a ranking."""
    return ranking[:limit]


def diverse(encoder: Encoder, diversity: float) -> Choose:
    """Return a function that selects tags by their probability and by how dissimilar their names are to the encoder.

    A `diversity` of 0 selects the most probable tags; with 1, only the names count after the most probable tag.
    The selected tags keep the order of the ranking.
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
    """Return the pairwise cosine similarities of unit vectors, (n, n), rescaled from 0 (lowest) to 1 (highest).

    Cosines of sentence encoders lie in a narrow band; without rescaling they would not matter beside probabilities.
    """
    cosines = vectors @ vectors.T
    others = cosines[~np.eye(len(cosines), dtype=bool)]
    least, most = (others.min(), others.max()) if len(others) else (0.0, 1.0)
    scaled: Matrix = np.clip((cosines - least) / max(most - least, 1e-9), 0, 1)
    return scaled


def marginally_relevant(scores: Matrix, alike: Matrix, limit: int, diversity: float) -> list[int]:
    """Return at most `limit` indices out of n in the order of selection, starting with the highest score.

    Maximal marginal relevance (Carbonell and Goldstein, SIGIR 1998): select the index with the greatest
    (1 - diversity) * score - diversity * (greatest similarity to the selected ones) next; ties go to the lower index.
    `scores` is (n,), `alike` is (n, n).
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

"""The products that may be reviewed next, with what is known of each."""

from collections.abc import Collection, Sequence

import numpy as np

from index.vectors.base import Matrix
from tagger.feedback.review_coverage import coverage, gains, likeness
from tagger.feedback.review_priority import ReviewPriority


class ReviewPool:
    """Products with their priorities and unit vectors. `reviewed` are the vectors of products reviewed before."""

    def __init__(self, reviewed: Matrix) -> None:
        self._reviewed = reviewed
        self._places: dict[str, int] = {}
        self._priorities: list[ReviewPriority] = []
        self._vectors: list[Matrix] = []
        # How much the products of the pool say of one another, and how well those reviewed before cover them.
        self._alike = np.zeros((0, 0), np.float32)
        self._covered = np.zeros(0, np.float32)

    def __len__(self) -> int:
        """Return the number of products."""
        return len(self._priorities)

    def add(self, priorities: Sequence[ReviewPriority], vectors: Matrix) -> None:
        """Add products that the pool does not have yet."""
        for priority, vector in zip(priorities, vectors, strict=True):
            self._places[priority.id] = len(self._priorities)
            self._priorities.append(priority)
            self._vectors.append(vector)

    def best(self, closed: Collection[str]) -> ReviewPriority | None:
        """Return the product whose review has the highest value; those in `closed` have been reviewed, or shown."""
        left = [place for id, place in self._places.items() if id not in closed]
        if not left:
            return None
        self._compare()
        known = [self._places[id] for id in closed if id in self._places]
        doubts = np.array([each.total for each in self._priorities], np.float32)
        covered = np.maximum(self._covered, coverage(self._alike[:, known]))
        gain = gains(self._alike, doubts, covered)
        return max((self._priorities[place] for place in left), key=lambda each: (*self._worth(each, gain), each.id))

    def _worth(self, priority: ReviewPriority, gain: np.ndarray) -> tuple[float, float]:
        # Where all is covered, what is doubtful still comes first.
        return float(gain[self._places[priority.id]]), priority.total

    def _compare(self) -> None:
        if len(self._alike) < len(self._priorities):
            vectors = np.stack(self._vectors)
            self._alike = likeness(vectors, vectors)
            reviewed = likeness(vectors, self._reviewed) if len(self._reviewed) else self._alike[:, :0]
            self._covered = coverage(reviewed)

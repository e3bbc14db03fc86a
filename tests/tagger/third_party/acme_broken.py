"""A tagger, an encoder and an index that are broken in a chosen way."""

import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.errors import BadInput
from index.product import Product
from tagger.plugins import Resources
from tagger.types import Suggestion

MUG, RED = Suggestion("mug", 0.9), Suggestion("red", 0.4)
RETURNED: dict[str, Any] = {
    "none": None,
    "nothing": [],
    "a none": [None],
    "a generator": iter([[MUG]]),
    "tuples": [[("mug", 0.9)]],
    "a word": ["mug"],
    "a number as tag": [[Suggestion(7, 0.9)]],
    "an empty tag": [[Suggestion(" ", 0.9)]],
    "a word as score": [[Suggestion("mug", "0.9")]],
    "nan": [[Suggestion("mug", float("nan"))]],
    "infinity": [[Suggestion("mug", float("inf"))]],
    "worst first": [[RED, MUG]],
    "twice": [[MUG, MUG]],
}


class Broken:
    """Returns invalid values, or raises; `wait_s` makes it slow."""

    def __init__(self, *, how: str, wait_s: float) -> None:
        self._how = how
        self._wait_s = wait_s

    def suggest(self, products: Sequence[Product], limit: int) -> Any:
        time.sleep(self._wait_s)
        if self._how == "raises":
            raise ValueError("boom")
        if self._how == "refuses":
            raise BadInput("too long a text")
        if self._how == "too many":
            return [[Suggestion(f"tag {n:03}", 0.5) for n in range(limit + 1)] for _ in products]
        if self._how in RETURNED:
            return RETURNED[self._how]
        return [[MUG, RED][:limit] for _ in products]


class BrokenInFit(Broken):
    """Fails when fitting, saving or loading."""

    def fit(self, products: Sequence[Product]) -> None:
        self._fail("fit")

    def save(self, folder: Path) -> None:
        self._fail("save")

    def load(self, folder: Path) -> None:
        self._fail("load")

    def _fail(self, method: str) -> None:
        if self._how == method:
            raise ZeroDivisionError("division by zero")


class Forgetting(Broken):
    """Can be fitted, but not saved."""

    def fit(self, products: Sequence[Product]) -> None: ...


class BrokenEvidence(Broken):
    """Returns invalid evidence, and fails in `unseen`."""

    def explain(self, products: Sequence[Product], tags: Sequence[Any]) -> Any:
        if self._how == "explain":
            raise KeyError("mug")
        return {"explain none": None, "explain nothing": [], "explain words": [{"mug": "a word"}]}.get(
            self._how, [{} for _ in products]
        )

    def follow(self, vocabulary: object) -> None:
        if self._how == "follow":
            raise KeyError("mug")


class BrokenUnseen(Broken):
    """Fails in `unseen`."""

    def unseen(self, product: Product) -> Any:
        return None if self._how == "unseen" else True


KINDS = {"fit": BrokenInFit, "save": BrokenInFit, "load": BrokenInFit, "forgets": Forgetting, "unseen": BrokenUnseen}


def create(resources: Resources, *, how: str = "", wait_s: float = 0.0) -> Any:
    if how == "create":
        raise OSError("no licence")
    if how == "no tagger":
        return object()
    kind = BrokenEvidence if how.startswith(("explain", "follow")) else KINDS.get(how, Broken)
    return kind(how=how, wait_s=wait_s)

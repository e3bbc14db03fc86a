"""A guard around a tagger: checks what it returns, and turns its exceptions into one line that names it."""

import math
import operator
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache, partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from index.messages import Message
from index.plugins import PluginOrigin
from index.product import Product
from index.type_checks import NUMBER, first_other, shown
from tagger.plugins.protocols import (
    Analysis,
    Analyzes,
    Explains,
    FindsNeighbours,
    Follows,
    LabelFree,
    Pretrained,
    Reviews,
    TextOnly,
    Trainable,
)
from tagger.plugins.time_limit import TimeLimit
from tagger.types import Evidence, LabelledHit, Ranking, Suggestion
from tagger.vocabulary import Vocabulary

_TAG, _SCORE = operator.itemgetter(0), operator.itemgetter(1)


class GuardedTagger:
    """Calls a tagger and checks its answers against the protocol. All methods raise `PluginFailed`.

    If `time_limit` is set, it bounds the wait for suggestions and evidence.
    """

    def __init__(self, plugin: Any, origin: PluginOrigin) -> None:
        self.plugin = plugin
        self.origin = origin
        self.time_limit: TimeLimit | None = None

    @property
    def text_only(self) -> bool:
        """Whether the tagger says that it uses no vectors."""
        return isinstance(self.plugin, TextOnly) and self.plugin.text_only is True

    @property
    def label_free(self) -> bool:
        """Whether the tagger says that it needs no labelled product."""
        return isinstance(self.plugin, LabelFree) and self.plugin.label_free is True

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, in the order given."""
        rankings = self._answer("suggest", products, limit)
        if wrong := wrong_rankings(rankings, len(products), limit):
            raise self.origin.returned(wrong)
        checked: list[Ranking] = rankings
        return checked

    def _answer(self, method: str, *arguments: object) -> Any:
        if self.time_limit:
            return self.time_limit.wait_for(partial(self._call, method, *arguments))
        return self._call(method, *arguments)

    def _call(self, method: str, *arguments: object) -> Any:
        with self.origin.calling(method):
            return getattr(self.plugin, method)(*arguments)


class _Learning(GuardedTagger):
    def fit(self, products: Sequence[Product]) -> None:
        """Fit on labelled products, and discard any earlier fit."""
        self._call("fit", products)

    def save(self, folder: Path) -> None:
        """Save the fitted state to an existing folder."""
        self._call("save", folder)

    def load(self, folder: Path) -> None:
        """Load what `save` wrote, in place of the current state."""
        self._call("load", folder)


class _LearntElsewhere(GuardedTagger):
    def unseen(self, product: Product) -> bool:
        """Tell whether the product was held out from training."""
        answer = self._call("unseen", product)
        if not isinstance(answer, bool | np.bool_):
            raise self.origin.failed("plugin.unseen-type", value=shown(answer))
        return bool(answer)


class _Explaining(GuardedTagger):
    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for each product's tags; tags without evidence are left out."""
        evidence = self._answer("explain", products, tags)
        if wrong := _wrong_evidence(evidence, len(products)):
            raise self.origin.failed("plugin.returned-evidence", problem=wrong)
        checked: list[dict[str, Evidence]] = evidence
        return checked


class _Analyzing(GuardedTagger):
    def analyze(self, products: Sequence[Product]) -> Analysis:
        """Do the work that rankings and evidence share."""
        analysis = self._answer("analyze", products)
        guard = _GuardedNeighbours if isinstance(analysis, FindsNeighbours) else _GuardedAnalysis
        return guard(self, analysis, products)


class _Reviewing(GuardedTagger):
    @property
    def sample(self) -> int:
        """How many products the tagger may be asked about during a fit."""
        return int(self.plugin.sample)

    @property
    def share(self) -> float:
        """The share of products that the tagger may be asked about after it."""
        return float(self.plugin.share)

    def review(
        self, products: Sequence[Product], candidates: Sequence[Ranking], limit: int, among: int
    ) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, `NotAsked` for those without an answer."""
        rankings = self._answer("review", products, candidates, limit, among)
        if wrong := wrong_rankings(rankings, len(products), limit):
            raise self.origin.returned(wrong)
        checked: list[Ranking] = rankings
        return checked


class _Following(GuardedTagger):
    def follow(self, vocabulary: Vocabulary) -> None:
        """Use the current names of tags."""
        self._call("follow", vocabulary)


class _GuardedAnalysis:
    """Checks what an analysis returns, as the guard checks the tagger's answers."""

    def __init__(self, guard: GuardedTagger, analysis: Any, products: Sequence[Product]) -> None:
        self._guard = _Explaining(_Reader(analysis), guard.origin)
        self._guard.time_limit = guard.time_limit
        self._products = products

    def rankings(self, limit: int) -> list[Ranking]:
        return self._guard.suggest(self._products, limit)

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return self._guard.explain(self._products, tags)


class _GuardedNeighbours(_GuardedAnalysis):
    """Checks the neighbours too."""

    def nearest(self) -> list[list[LabelledHit]]:
        nearest = self._guard._answer("nearest")
        if wrong := _wrong_neighbours(nearest, len(self._products)):
            raise self._guard.origin.returned(wrong)
        checked: list[list[LabelledHit]] = nearest
        return checked


class _Reader:
    """Adapts an analysis to the methods of a tagger."""

    def __init__(self, analysis: Any) -> None:
        self._analysis = analysis

    def suggest(self, products: Sequence[Product], limit: int) -> Any:
        return self._analysis.rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> Any:
        return self._analysis.evidence(tags)

    def nearest(self) -> Any:
        return self._analysis.nearest()


# A guard has the same optional methods as its tagger, so that `isinstance` tells the same of both.
_ABILITIES: tuple[tuple[type, type[GuardedTagger]], ...] = (
    (Trainable, _Learning),
    (Pretrained, _LearntElsewhere),
    (Explains, _Explaining),
    (Analyzes, _Analyzing),
    (Reviews, _Reviewing),
    (Follows, _Following),
)


def guard_tagger(plugin: object, origin: PluginOrigin) -> GuardedTagger:
    """Put a guard around a tagger. Raises `PluginFailed` if it is not a tagger, or has `fit` but cannot save."""
    if missing := missing_methods(plugin):
        raise origin.failed(missing.code, **missing.params)
    return _guard_class(tuple(guard for ability, guard in _ABILITIES if isinstance(plugin, ability)))(plugin, origin)


def missing_methods(plugin: object) -> Message | None:
    """Return why an object is not a tagger, or None if it is one."""
    if not callable(getattr(plugin, "suggest", None)):
        return Message("plugin.not-a-tagger", found=shown(plugin))
    missing = [name for name in ("save", "load") if not callable(getattr(plugin, name, None))]
    if hasattr(plugin, "fit") and missing:
        return Message("plugin.cannot-save", missing=", ".join(missing))
    return None


@cache
def _guard_class(bases: tuple[type[GuardedTagger], ...]) -> type[GuardedTagger]:
    return type("GuardedTagger", bases, {}) if bases else GuardedTagger


def wrong_rankings(rankings: Any, count: int, limit: int) -> Message | None:
    """Return what is wrong with rankings of `count` products, or None if nothing is."""
    # Every answer is checked here, so the loops run in C; only failures are examined in Python.
    return (
        wrong_types(rankings, count)
        or _wrong_values(list(chain.from_iterable(rankings)))
        or next((wrong for each in rankings if (wrong := _wrong_order(each, limit))), None)
    )


def wrong_types(rankings: object, count: int) -> Message | None:
    """Return which value in rankings of `count` products has the wrong type, or None if none has."""
    if not isinstance(rankings, list):
        return Message("returned.not-rankings", found=shown(rankings))
    if len(rankings) != count:
        return Message("returned.ranking-count", found=len(rankings), expected=count)
    if others := first_other(rankings, list):
        return Message("returned.not-a-ranking", found=others)
    suggestions = list(chain.from_iterable(rankings))
    if others := first_other(suggestions, Suggestion):
        return Message("returned.not-a-suggestion", found=others)
    if others := first_other(list(map(_TAG, suggestions)), str):
        return Message("returned.not-a-tag", found=others)
    if others := first_other(list(map(_SCORE, suggestions)), NUMBER):
        return Message("returned.not-a-score", found=others)
    return None


def _wrong_values(suggestions: Sequence[Suggestion]) -> Message | None:
    if not all(map(str.strip, map(_TAG, suggestions))):
        return Message("returned.empty-tag")
    if math.isfinite(sum(map(_SCORE, suggestions))):
        return None
    strange = [each for each in suggestions if not math.isfinite(each.score)]
    return Message("returned.score", score=strange[0].score, tag=strange[0].tag) if strange else None


def _wrong_order(ranking: Ranking, limit: int) -> Message | None:
    if len(ranking) > limit:
        return Message("returned.too-many-tags", found=len(ranking), limit=limit)
    tags, scores = list(map(_TAG, ranking)), list(map(_SCORE, ranking))
    if len(set(tags)) < len(tags):
        return Message("returned.tag-twice", tag=Counter(tags).most_common(1)[0][0])
    if all(map(operator.gt, scores, scores[1:])):
        return None
    for first, second in pairwise(ranking):
        if (-second.score, second.tag) < (-first.score, first.tag):
            return Message("returned.ranking-order", tag=second.tag, before=first.tag)
    return None


def _wrong_neighbours(nearest: object, count: int) -> Message | None:
    if not isinstance(nearest, list):
        return Message("returned.not-hit-lists", found=shown(nearest))
    if len(nearest) != count:
        return Message("returned.hit-count", found=len(nearest), expected=count)
    if others := first_other(nearest, list):
        return Message("returned.not-hits", found=others)
    if others := first_other(list(chain.from_iterable(nearest)), LabelledHit):
        return Message("returned.not-a-labelled-hit", found=others)
    return None


def _wrong_evidence(evidence: object, count: int) -> Message | None:
    if not isinstance(evidence, list):
        return Message("returned.not-a-list", found=shown(evidence))
    if len(evidence) != count:
        return Message("returned.evidence-count", found=len(evidence), expected=count)
    if others := first_other(evidence, dict):
        return Message("returned.not-a-dict", found=others)
    if others := first_other(list(chain.from_iterable(each.values() for each in evidence)), Evidence):
        return Message("returned.not-evidence", found=others)
    return None

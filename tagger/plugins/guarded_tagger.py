"""A tagger behind its guard: what it returns is checked, and whatever it raises becomes one line that names it."""

import math
import operator
from collections import Counter
from collections.abc import Collection, Sequence
from functools import cache, partial
from itertools import chain, pairwise
from pathlib import Path
from typing import Any

import numpy as np

from index.plugins import PluginOrigin
from index.product import Product
from index.type_checks import NUMBER, first_other, shown
from tagger.plugins.protocols import Analysis, Analyzes, Explains, Follows, Pretrained, Trainable
from tagger.plugins.time_limit import TimeLimit
from tagger.types import Evidence, Ranking, Suggestion
from tagger.vocabulary import Vocabulary

_TAG, _SCORE = operator.itemgetter(0), operator.itemgetter(1)


class GuardedTagger:
    """Asks a tagger and lets nothing through that its protocol does not allow; all methods raise `PluginFailed`.

    With a `time_limit` it waits no longer than that for what the tagger suggests and shows.
    """

    def __init__(self, plugin: Any, origin: PluginOrigin) -> None:
        self.plugin = plugin
        self.origin = origin
        self.time_limit: TimeLimit | None = None

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking of at most `limit` tags for each product, in the order given."""
        rankings = self._answer("suggest", products, limit)
        if wrong := wrong_rankings(rankings, len(products), limit):
            raise self.origin.failed(f"returned {wrong}")
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
        """Learn from labelled products, forgetting what was learnt before."""
        self._call("fit", products)

    def save(self, folder: Path) -> None:
        """Write what was learnt into an existing folder."""
        self._call("save", folder)

    def load(self, folder: Path) -> None:
        """Replace what was learnt by what `save` wrote."""
        self._call("load", folder)


class _LearntElsewhere(GuardedTagger):
    def unseen(self, product: Product) -> bool:
        """Tell whether the product was kept out of the training."""
        answer = self._call("unseen", product)
        if not isinstance(answer, bool | np.bool_):
            raise self.origin.failed(f"returned {shown(answer)} from unseen, not True or False")
        return bool(answer)


class _Explaining(GuardedTagger):
    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        """Return the evidence for those of each product's tags that there is any for."""
        evidence = self._answer("explain", products, tags)
        if wrong := _wrong_evidence(evidence, len(products)):
            raise self.origin.failed(f"returned {wrong} from explain")
        checked: list[dict[str, Evidence]] = evidence
        return checked


class _Analyzing(GuardedTagger):
    def analyze(self, products: Sequence[Product]) -> Analysis:
        """Do once what rankings and evidence both need."""
        return _GuardedAnalysis(self, self._answer("analyze", products), products)


class _Following(GuardedTagger):
    def follow(self, vocabulary: Vocabulary) -> None:
        """Go by what tags are called now."""
        self._call("follow", vocabulary)


class _GuardedAnalysis:
    """Reads an analysis through a guard of its own, which checks what it gives as it checks the tagger's answers."""

    def __init__(self, guard: GuardedTagger, analysis: Any, products: Sequence[Product]) -> None:
        self._guard = _Explaining(_Reader(analysis), guard.origin)
        self._guard.time_limit = guard.time_limit
        self._products = products

    def rankings(self, limit: int) -> list[Ranking]:
        return self._guard.suggest(self._products, limit)

    def evidence(self, tags: Sequence[Collection[str]]) -> list[dict[str, Evidence]]:
        return self._guard.explain(self._products, tags)


class _Reader:
    """Gives an analysis the methods of a tagger."""

    def __init__(self, analysis: Any) -> None:
        self._analysis = analysis

    def suggest(self, products: Sequence[Product], limit: int) -> Any:
        return self._analysis.rankings(limit)

    def explain(self, products: Sequence[Product], tags: Sequence[Collection[str]]) -> Any:
        return self._analysis.evidence(tags)


# A guard can do what its tagger can: `isinstance` says the same of both.
_ABILITIES: tuple[tuple[type, type[GuardedTagger]], ...] = (
    (Trainable, _Learning),
    (Pretrained, _LearntElsewhere),
    (Explains, _Explaining),
    (Analyzes, _Analyzing),
    (Follows, _Following),
)


def guard_tagger(plugin: object, origin: PluginOrigin) -> GuardedTagger:
    """Put a tagger behind a guard; raises `PluginFailed` where it is none, or could not keep what it learns."""
    if missing := missing_methods(plugin):
        raise origin.failed(missing)
    return _guard_class(tuple(guard for ability, guard in _ABILITIES if isinstance(plugin, ability)))(plugin, origin)


def missing_methods(plugin: object) -> str:
    """Say what keeps an object from being a tagger, nothing where it is one."""
    if not callable(getattr(plugin, "suggest", None)):
        return f"is no tagger: {shown(plugin)} has no method suggest(products, limit)"
    missing = [name for name in ("save", "load") if not callable(getattr(plugin, name, None))]
    if hasattr(plugin, "fit") and missing:
        return f"has fit, but no {' and no '.join(missing)}: what it learns could not be kept"
    return ""


@cache
def _guard_class(bases: tuple[type[GuardedTagger], ...]) -> type[GuardedTagger]:
    return type("GuardedTagger", bases, {}) if bases else GuardedTagger


def wrong_rankings(rankings: Any, count: int, limit: int) -> str:
    """Say what is wrong with the rankings of so many products, nothing where all is well."""
    # Every answer passes here: loops run in C, and only what they find is looked at closely.
    return (
        wrong_types(rankings, count)
        or _wrong_values(list(chain.from_iterable(rankings)))
        or next((wrong for each in rankings if (wrong := _wrong_order(each, limit))), "")
    )


def wrong_types(rankings: object, count: int) -> str:
    """Say what is no list of so many rankings, no ranking, no suggestion, no tag or no score."""
    if not isinstance(rankings, list):
        return f"{shown(rankings)}, not a list of rankings"
    if len(rankings) != count:
        return f"{len(rankings)} rankings for {count} products"
    if others := first_other(rankings, list):
        return f"{others} as a ranking, not a list of suggestions"
    suggestions = list(chain.from_iterable(rankings))
    if others := first_other(suggestions, Suggestion):
        return f"{others} in a ranking, not a Suggestion(tag, score)"
    if others := first_other(list(map(_TAG, suggestions)), str):
        return f"{others} as a tag, not a text"
    if others := first_other(list(map(_SCORE, suggestions)), NUMBER):
        return f"{others} as a score, not a number"
    return ""


def _wrong_values(suggestions: Sequence[Suggestion]) -> str:
    if not all(map(str.strip, map(_TAG, suggestions))):
        return "an empty tag"
    if math.isfinite(sum(map(_SCORE, suggestions))):
        return ""
    strange = [each for each in suggestions if not math.isfinite(each.score)]
    return f"the score {strange[0].score} for {strange[0].tag!r}" if strange else ""


def _wrong_order(ranking: Ranking, limit: int) -> str:
    if len(ranking) > limit:
        return f"{len(ranking)} tags where {limit} were asked for"
    tags, scores = list(map(_TAG, ranking)), list(map(_SCORE, ranking))
    if len(set(tags)) < len(tags):
        return f"a tag twice in a ranking: {Counter(tags).most_common(1)[0][0]!r}"
    if all(map(operator.gt, scores, scores[1:])):
        return ""
    for first, second in pairwise(ranking):
        if (-second.score, second.tag) < (-first.score, first.tag):
            return f"{second.tag!r} after {first.tag!r}: a ranking is best first, ties by name"
    return ""


def _wrong_evidence(evidence: object, count: int) -> str:
    if not isinstance(evidence, list):
        return f"{shown(evidence)}, not a list"
    if len(evidence) != count:
        return f"evidence of {len(evidence)} products for {count}"
    if others := first_other(evidence, dict):
        return f"{others}, not a dict of tags"
    if others := first_other(list(chain.from_iterable(each.values() for each in evidence)), Evidence):
        return f"{others}, not Evidence"
    return ""

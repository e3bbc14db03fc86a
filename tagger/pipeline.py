"""From products to tags: ask every tagger, fuse what they say, show why."""

import logging
import sys
import time
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from index.batching import batched
from index.errors import BadInput, TagweaveError
from index.product import Product
from tagger.corrections.active import ActiveDecisions
from tagger.corrections.effects import CorrectedScore, Corrections, add_decision_contribution, apply_corrections
from tagger.fusion.acceptance import Rule, acceptance, accepted_tags
from tagger.fusion.diversity import Choose, likeliest
from tagger.fusion.fuser import Fuser
from tagger.plugins import BaseTagger, Explains, Follows, Pretrained
from tagger.types import Contribution, Evidence, Ranking, Suggestion, merge_evidence
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.renames import TagRenames

log = logging.getLogger(__name__)

_BATCH = 256


@dataclass(frozen=True)
class TagResult:
    """One tag of a product: how probable, whether to take it, what it is called, and why."""

    tag: str
    probability: float
    accepted: bool
    new: bool
    facet: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    evidence: Evidence = field(default_factory=Evidence)

    def as_dict(self) -> dict[str, object]:
        """Return plain values, for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class Answer:
    """A product's tags, best first, and the seconds that each stage took.

    `without` names the taggers that could not be asked, each with the reason; `threshold` is the probability from which
    on this product's tags are accepted.
    """

    tags: list[TagResult]
    seconds: Mapping[str, float]
    without: Mapping[str, str] = field(default_factory=dict)
    threshold: float = 0.5

    def as_dict(self) -> dict[str, Any]:
        """Return plain values, for JSON."""
        tags = [result.as_dict() for result in self.tags]
        return {"tags": tags, "stages": dict(self.seconds), "without": dict(self.without)}


@dataclass(frozen=True)
class TaggerOutputs:
    """What the taggers said of some products, how long each took, and why the others said nothing.

    `renamed` has the tags of theirs that are fused under another name, with that name.
    """

    rankings: dict[str, list[Ranking]]
    seconds: dict[str, float]
    without: dict[str, str]
    renamed: dict[str, str]


class Pipeline:
    """Several taggers and a fuser; is itself a tagger.

    It goes on without a tagger in `optional` that fails; `without` has those that failed before they could be asked.
    What people decided is followed at once, whatever the taggers say. Rankings that are asked for before they are fused
    use the names that the fuser has learnt (`tagger.vocabulary.renames`), all others those of the vocabulary.
    """

    def __init__(
        self,
        taggers: Mapping[str, BaseTagger],
        fuser: Fuser,
        *,
        threshold: float,
        vocabulary: Vocabulary,
        rule: Rule = "threshold",
        candidates: int = 20,
        optional: Collection[str] = (),
        without: Mapping[str, str] | None = None,
        decisions: ActiveDecisions | None = None,
    ) -> None:
        self.taggers = dict(taggers)
        self.fuser = fuser
        self.threshold = threshold
        self.accepted_from = acceptance(rule, threshold)
        self.vocabulary = vocabulary
        self.rule: Rule = rule
        self._candidates = candidates
        self._optional = frozenset(optional)
        self._without = dict(without or {})
        self._decisions = decisions
        self._names = TagRenames(vocabulary, fuser.knows)

    def follow(self, vocabulary: Vocabulary) -> None:
        """Go by the names of another vocabulary from now on, as if the pipeline had been opened with it."""
        self.vocabulary = vocabulary
        self._names = TagRenames(vocabulary, self.fuser.knows)
        for name, tagger in tuple(self.taggers.items()):
            if isinstance(tagger, Follows):
                try:
                    tagger.follow(vocabulary)
                except TagweaveError as error:
                    self._leave_out(name, error, self._without)
                    del self.taggers[name]
        if self._decisions:
            self._decisions.follow(vocabulary)

    def shown(self, rankings: Sequence[Ranking]) -> list[Ranking]:
        """Return rankings of single taggers, or fused ones without decisions, under the vocabulary's names."""
        return [self._names.shown(ranking) for ranking in rankings]

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking for each product; scores are probabilities."""
        batches = batched(products, _BATCH)
        return [ranking for batch in batches for ranking in self.fused(batch, self.rankings(batch), limit)]

    def fused(self, products: Sequence[Product], rankings: Mapping[str, list[Ranking]], limit: int) -> list[Ranking]:
        """Return one ranking for each product out of what the taggers said."""
        return self.shown(self._fused(products, rankings, limit)[0])

    def quick(self) -> "Pipeline":
        """Return the same without taggers that learnt elsewhere, which take a hundred times as long as all others."""
        slow = [name for name, tagger in self.taggers.items() if isinstance(tagger, Pretrained)]
        return self.varied(without=slow if len(slow) < len(self.taggers) else ())

    def varied(self, *, without: Collection[str], threshold: float | None = None) -> "Pipeline":
        """Return the same without some taggers, and accepting from another score on.

        Raises `BadInput` for a tagger that there is not, and where none is left.
        """
        if not without and threshold is None:
            return self
        if unknown := sorted(set(without) - self.taggers.keys()):
            raise BadInput(f"no tagger {unknown[0]!r}; there are: {', '.join(self.taggers)}")
        kept = {name: tagger for name, tagger in self.taggers.items() if name not in without}
        if not kept:
            raise BadInput("no tagger is left to ask")
        return Pipeline(
            kept,
            self.fuser,
            threshold=self.threshold if threshold is None else threshold,
            vocabulary=self.vocabulary,
            rule=self.rule if threshold is None else "threshold",
            candidates=self._candidates,
            optional=self._optional,
            without=self._without,
            decisions=self._decisions,
        )

    def _fused(
        self, products: Sequence[Product], rankings: Mapping[str, list[Ranking]], limit: int
    ) -> tuple[list[Ranking], list[Corrections], list[dict[str, CorrectedScore]]]:
        """Fuse, and follow what people decided; return with the rankings what was moved, and by how much."""
        moves = self._moves(products)
        if not any(moves):
            nothing: list[Corrections] = [{} for _ in products]
            return self.fuser.fuse(products, rankings, limit), nothing, [{} for _ in products]
        moved = self.fuser.moved(products, rankings, moves)
        whole = self.fuser.fuse(products, rankings, sys.maxsize)
        return [apply_corrections(*each, limit) for each in zip(whole, moves, moved, strict=True)], moves, moved

    def _moves(self, products: Sequence[Product]) -> list[Corrections]:
        decided = self._decisions.on(products) if self._decisions else []
        learnt = self._names.learnt
        return [{learnt(tag): move for tag, move in moves.items() if learnt(tag)} for moves in decided]

    def rankings(self, products: Sequence[Product]) -> dict[str, list[Ranking]]:
        """Return what each tagger says."""
        return self.ask(products).rankings

    def ask(self, products: Sequence[Product]) -> TaggerOutputs:
        """Ask each tagger; raises what one raises that is not optional."""
        said = TaggerOutputs({}, {}, dict(self._without), {})
        for name, tagger in self.taggers.items():
            start = time.perf_counter()
            try:
                rankings = tagger.suggest(products, self._candidates)
                said.rankings[name] = [self._names.fused_as(each, said.renamed) for each in rankings]
            except TagweaveError as error:
                self._leave_out(name, error, said.without)
            said.seconds[name] = time.perf_counter() - start
        return said

    def _leave_out(self, name: str, error: TagweaveError, without: dict[str, str]) -> None:
        """Note why an optional tagger is gone on without; raises the error of any other."""
        if name not in self._optional:
            raise error
        log.warning("going on without %s: %s", name, error)
        without[name] = str(error)

    def tag(self, products: Sequence[Product], limit: int) -> list[list[TagResult]]:
        """Return the tags of each product, without evidence."""
        wholes = self.suggest(products, sys.maxsize)
        levels = map(self.accepted_from, wholes)
        return [
            [self._result(each, level) for each in ranking[:limit]]
            for ranking, level in zip(wholes, levels, strict=True)
        ]

    def taken(self, rankings: Sequence[Ranking]) -> list[list[str]]:
        """Return each product's accepted tags, out of rankings of all candidates."""
        return accepted_tags(rankings, self.accepted_from)

    def explain(self, product: Product, limit: int, *, choose: Choose = likeliest) -> Answer:
        """Return the tags of one product with the evidence for each; `choose` says which of all candidates."""
        said = self.ask([product])
        seconds = said.seconds
        start = time.perf_counter()
        [whole], [moves], [moved] = self._fused([product], said.rankings, sys.maxsize)
        ranking, level = choose(whole, limit), self.accepted_from(whole)
        tags = [each.tag for each in ranking]
        shares = self._shares(product, tags, said, moved)
        seconds["fusion"] = time.perf_counter() - start
        shown = self._shown(product, tags, said)
        seconds["evidence"] = time.perf_counter() - start - seconds["fusion"]
        why = {tag: move.why for tag, move in moves.items()}
        evidence = [
            merge_evidence([shown[tag], Evidence(shares=shares[tag], decisions=why.get(tag, ()))]) for tag in tags
        ]
        results = [self._result(each, level, found) for each, found in zip(ranking, evidence, strict=True)]
        return Answer(results, seconds, said.without, level)

    def _shares(
        self, product: Product, tags: Sequence[str], said: TaggerOutputs, moved: Mapping[str, CorrectedScore]
    ) -> dict[str, tuple[Contribution, ...]]:
        fused = [tag for tag in tags if tag not in moved or moved[tag].said]
        [shares] = self.fuser.shares([product], said.rankings, [fused])
        of_tag = dict(zip(fused, shares, strict=True))
        return {tag: add_decision_contribution(of_tag.get(tag, ()), moved.get(tag)) for tag in tags}

    def _shown(self, product: Product, tags: Sequence[str], said: TaggerOutputs) -> dict[str, Evidence]:
        names = {**{old: new for old, new in said.renamed.items() if new in tags}, **{tag: tag for tag in tags}}
        parts: list[dict[str, Evidence]] = []
        for name, tagger in self.taggers.items():
            if name in said.rankings and isinstance(tagger, Explains):
                try:
                    parts += tagger.explain([product], [list(names)])
                except TagweaveError as error:
                    self._leave_out(name, error, said.without)
        return {
            tag: merge_evidence(part[old] for part in parts for old, new in names.items() if new == tag and old in part)
            for tag in tags
        }

    def _result(self, each: Suggestion, level: float, evidence: Evidence | None = None) -> TagResult:
        tag, probability = self._names.now(each.tag), each.score
        return TagResult(
            tag=tag,
            probability=probability,
            accepted=probability >= level,
            new=tag not in self.vocabulary and not (self._decisions and self._decisions.wants(tag)),
            facet=self.vocabulary.facet(tag),
            labels=self.vocabulary.labels(tag),
            evidence=evidence or Evidence(),
        )

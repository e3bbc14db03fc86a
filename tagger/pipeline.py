"""The pipeline from products to tags: ask every tagger, fuse their rankings, collect the evidence."""

import sys
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice

from index.batching import batched
from index.errors import BadInput, TagweaveError
from index.messages import Message
from index.product import Product
from tagger.cascade.reviewers import ask_reviewers
from tagger.corrections.active import ActiveDecisions
from tagger.corrections.effects import Corrections
from tagger.fusion.acceptance import Rule, acceptance, accepted_tags
from tagger.fusion.corrected import CorrectedCandidates
from tagger.fusion.diversity import Choose, likeliest
from tagger.fusion.fuser import Fuser
from tagger.fusion.scored import Scored
from tagger.novelty.detector import NoveltyDetector
from tagger.novelty.recalibration import recalibrate
from tagger.plugins import BaseTagger, Follows, Pretrained, Reviews
from tagger.proposals import ProposalCheck
from tagger.results import KNOWN, Answer, Familiarity, TagResult
from tagger.rules.rules import NO_RULES, Ruled, Rules
from tagger.tagger_outputs import TaggerOutputs, ask_taggers, leave_out
from tagger.types import Evidence, Ranking, Span, Suggestion, evidence_as_shown, merge_evidence
from tagger.vocabulary import Vocabulary
from tagger.vocabulary.paths import path_of, plain_names
from tagger.vocabulary.renames import TagRenames

_BATCH = 256
_NO_EVIDENCE = Evidence()


class Pipeline:
    """Several taggers and a fuser; itself a tagger.

    If a tagger in `optional` fails, the others go on; `without` gives the reason for each one that failed to load.
    With `checks_new`, new tags that are no words of the text are left out; without `accept_new`, the others are only
    proposed. Decisions apply at once and override the taggers; rules apply to what comes of it.

    Reviewing taggers are asked last, and only about products that the others are more unsure of than the level
    in `unsure_from`.

    Rankings use the tag names that the fuser was trained on until they are fused (see `tagger.vocabulary.renames`), and
    the vocabulary's names afterwards.
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
        without: Mapping[str, Message] | None = None,
        decisions: ActiveDecisions | None = None,
        novelty: NoveltyDetector | None = None,
        accept_new: bool = True,
        checks_new: bool = False,
        rules: Rules = NO_RULES,
        unsure_from: Mapping[str, float] | None = None,
    ) -> None:
        self.taggers = dict(taggers)
        self.fuser = fuser
        self.threshold = threshold
        self.accepted_from = acceptance(rule, threshold)
        self.vocabulary = vocabulary
        self.rule: Rule = rule
        self._limit = candidates
        self._optional = frozenset(optional)
        self._without = dict(without or {})
        self._decisions = decisions
        self._novelty = novelty
        self.accept_new = accept_new
        self.checks_new = checks_new
        self.rules = rules
        self._unsure_from = dict(unsure_from or {})
        self._renames = TagRenames(vocabulary, fuser.knows)

    def follow(self, vocabulary: Vocabulary) -> None:
        """Switch to another vocabulary, as if the pipeline had been opened with it."""
        self.vocabulary = vocabulary
        self._renames = TagRenames(vocabulary, self.fuser.knows)
        self.rules = self.rules.following(vocabulary)
        for name, tagger in tuple(self.taggers.items()):
            if isinstance(tagger, Follows):
                try:
                    tagger.follow(vocabulary)
                except TagweaveError as error:
                    leave_out(name, error, self._optional, self._without)
                    del self.taggers[name]
        if self._decisions:
            self._decisions.follow(vocabulary)

    def to_current_names(self, rankings: Sequence[Ranking]) -> list[Ranking]:
        """Rename tags to the vocabulary's names, in rankings of single taggers or fused ones without decisions."""
        return [self._renames.to_current(ranking) for ranking in rankings]

    def suggest(self, products: Sequence[Product], limit: int) -> list[Ranking]:
        """Return one ranking for each product; scores are probabilities."""
        batches = batched(products, _BATCH)
        fused = (self._fused(batch, self._most(limit))[0] for batch in batches)
        return [ranking for rankings in fused for ranking in self._by_rules(rankings, limit)]

    def _fused(self, products: Sequence[Product], limit: int) -> tuple[list[Ranking], list[Familiarity]]:
        """Return the rankings under current names before rules apply."""
        outputs = self.ask(products)
        familiarity = self.familiarity(products, outputs)
        candidates = self._candidates(products, outputs.rankings, familiarity)
        return self.to_current_names(candidates.rankings(limit)), familiarity

    def familiarity(self, products: Sequence[Product], outputs: TaggerOutputs) -> list[Familiarity]:
        """Tell for each product whether the store knows products like it; all are known to a store that cannot tell."""
        if self._novelty is None:
            return [KNOWN] * len(products)
        return self._novelty.judge(products, outputs, self.vocabulary)

    def fuse(
        self,
        products: Sequence[Product],
        rankings: Mapping[str, list[Ranking]],
        limit: int,
        familiarity: Sequence[Familiarity] = (),
    ) -> list[Ranking]:
        """Fuse the taggers' rankings into one for each product, and apply people's decisions and rules."""
        candidates = self._candidates(products, rankings, familiarity)
        return self._by_rules(self.to_current_names(candidates.rankings(self._most(limit))), limit)

    def _by_rules(self, rankings: Sequence[Ranking], limit: int) -> list[Ranking]:
        return [self._ruled(each, self.accepted_from(each)).ranking[:limit] for each in rankings]

    def _ruled(self, ranking: Ranking, level: float) -> Ruled:
        """Apply the rules to a ranking under current names."""
        if self.rules:
            return self.rules.apply(ranking, level)
        return Ruled(ranking, frozenset(each.tag for each in ranking if each.score >= level))

    def _most(self, limit: int) -> int:
        """Return how many candidates are needed for a ranking of some length: rules may take any of them away."""
        return sys.maxsize if self.rules else limit

    def score(
        self, products: Sequence[Product], rankings: Mapping[str, list[Ranking]], familiarity: Sequence[Familiarity]
    ) -> Scored:
        """Score the candidates without people's decisions; those of unknown products are less probable."""
        return recalibrate(self.fuser.score(products, rankings), familiarity)

    def quick(self) -> "Pipeline":
        """Return the pipeline without pretrained taggers, a hundred times as slow as others, and reviewing ones."""
        slow = [name for name, tagger in self.taggers.items() if isinstance(tagger, Pretrained | Reviews)]
        return self.variant(without=slow if len(slow) < len(self.taggers) else ())

    def variant(self, *, without: Collection[str], threshold: float | None = None) -> "Pipeline":
        """Return the pipeline without some taggers, or with another acceptance threshold.

        Raises `BadInput` if a tagger is unknown, or if none is left.
        """
        if not without and threshold is None:
            return self
        if unknown := sorted(set(without) - self.taggers.keys()):
            raise BadInput(
                "value.choices", what=Message("plugin.tagger"), value=unknown[0], available=", ".join(self.taggers)
            )
        kept = {name: tagger for name, tagger in self.taggers.items() if name not in without}
        if not kept:
            raise BadInput("suggest.no-tagger")
        return Pipeline(
            kept,
            self.fuser,
            threshold=self.threshold if threshold is None else threshold,
            vocabulary=self.vocabulary,
            rule=self.rule if threshold is None else "threshold",
            candidates=self._limit,
            optional=self._optional,
            without=self._without,
            decisions=self._decisions,
            novelty=self._novelty,
            accept_new=self.accept_new,
            checks_new=self.checks_new,
            rules=self.rules,
            unsure_from=self._unsure_from,
        )

    def _candidates(
        self, products: Sequence[Product], rankings: Mapping[str, list[Ranking]], familiarity: Sequence[Familiarity]
    ) -> CorrectedCandidates:
        """Score the candidates, and apply people's decisions to them."""
        return CorrectedCandidates(self.score(products, rankings, familiarity), self._corrections(products))

    def _corrections(self, products: Sequence[Product]) -> list[Corrections]:
        if self._decisions is None:
            return [{} for _ in products]
        learnt = self._renames.learnt
        return [
            {name: correction for tag, correction in corrections.items() if (name := learnt(tag))}
            for corrections in self._decisions.corrections_for(products)
        ]

    def rankings(self, products: Sequence[Product]) -> dict[str, list[Ranking]]:
        """Return each tagger's rankings."""
        return self.ask(products).rankings

    def ask(self, products: Sequence[Product]) -> TaggerOutputs:
        """Ask each tagger, reviewing ones last. Raises the error of a tagger that is not optional."""
        reviewers = {name: tagger for name, tagger in self.taggers.items() if isinstance(tagger, Reviews)}
        others = {name: tagger for name, tagger in self.taggers.items() if name not in reviewers}
        outputs = ask_taggers(
            others, products, self._limit, self._renames, optional=self._optional, without=self._without
        )
        return ask_reviewers(
            reviewers,
            products,
            outputs,
            self._limit,
            self._renames,
            fuse=lambda asked, rankings: self.fuser.score(asked, rankings).rankings(sys.maxsize),
            unsure_from=self._unsure_from,
        )

    def tag(self, products: Sequence[Product], limit: int) -> list[list[TagResult]]:
        """Return the tags of each product, without evidence but for that of rules."""
        return [answer.tags for answer in self.answers(products, limit)]

    def answers(self, products: Sequence[Product], limit: int) -> list[Answer]:
        """Return the tags of each product, with the rules as evidence, and whether the store knows such ones."""
        answers: list[Answer] = []
        for batch in batched(products, _BATCH):
            for product, ranking, familiarity in zip(batch, *self._fused(batch, sys.maxsize), strict=True):
                level = self.accepted_from(ranking)
                ruled = self._ruled(ranking, level)
                words = islice(self._words_of(product, ruled), limit)
                tags = [self._result(each, ruled) for each, _ in words]
                answers.append(Answer(tags, {}, threshold=level, familiarity=familiarity))
        return answers

    def accept(self, rankings: Sequence[Ranking]) -> list[list[str]]:
        """Return each product's accepted tags; the rankings must hold all candidates, under current names."""
        if self.rules:
            ruled = [self.rules.apply(ranking, self.accepted_from(ranking)) for ranking in rankings]
            return [[each.tag for each in one.ranking if each.tag in one.accepted] for one in ruled]
        return accepted_tags(rankings, self.accepted_from)

    def explain(self, product: Product, limit: int, *, choose: Choose = likeliest) -> Answer:
        """Return the tags of one product with the evidence for each; `choose` picks them from all candidates."""
        outputs = self.ask([product])
        start = time.perf_counter()
        [familiarity] = self.familiarity([product], outputs)
        candidates = self._candidates([product], outputs.rankings, [familiarity])
        [whole] = candidates.rankings(sys.maxsize)
        level = self.accepted_from(whole)
        ruled = self._ruled_as_learnt(whole, level)
        shown = dict(self._words_of(product, ruled))
        ranking = choose(list(shown), limit)
        # A tag that others imply need not be a candidate.
        suggested = {each.tag for each in whole}
        tags = [each.tag for each in ranking if each.tag in suggested]
        [of_fusion] = candidates.evidence([tags])
        fused = time.perf_counter()
        merged = map(merge_evidence, zip(outputs.evidence(tags), of_fusion, strict=True))
        places = {each.tag: place for each, place in shown.items()}
        placed = [_with_place(found, places.get(tag)) for tag, found in zip(tags, merged, strict=True)]
        evidence = dict(zip(tags, evidence_as_shown(product, placed), strict=True))
        results = [self._result(each, ruled, evidence.get(each.tag, _NO_EVIDENCE)) for each in ranking]
        stages = {"fusion": fused - start, "evidence": time.perf_counter() - fused}
        return Answer(results, outputs.seconds | stages, outputs.without, level, familiarity)

    def _words_of(self, product: Product, ruled: Ruled) -> Iterator[tuple[Suggestion, Span | None]]:
        """Yield the suggestions, new tags with their place; those that are no words of the text are left out."""
        check = ProposalCheck(product.text, self._is_name)
        for each in ruled.ranking:
            if not self.checks_new or not self._is_new(self._renames.now(each.tag)) or ruled.implied(each.tag):
                yield each, None
            elif place := check.place(each.tag):
                yield each, place

    def _is_name(self, text: str) -> bool:
        return text in self.vocabulary or self.vocabulary.knows_as_another(text)

    def _is_new(self, tag: str) -> bool:
        return tag not in self.vocabulary and not (self._decisions and self._decisions.wants(tag))

    def _ruled_as_learnt(self, whole: Ranking, level: float) -> Ruled:
        """Apply the rules to a product's ranking under the fuser's names, and return the result under these names."""
        if not self.rules:
            return Ruled(whole, frozenset(each.tag for each in whole if each.score >= level))
        learnt = {self._renames.now(each.tag): each.tag for each in whole}
        ruled = self.rules.apply([Suggestion(self._renames.now(tag), score) for tag, score in whole], level)
        return Ruled(
            [Suggestion(learnt.get(tag, tag), score) for tag, score in ruled.ranking],
            frozenset(learnt.get(tag, tag) for tag in ruled.accepted),
            {learnt.get(tag, tag): found for tag, found in ruled.evidence.items()},
        )

    def _result(self, each: Suggestion, ruled: Ruled, evidence: Evidence = _NO_EVIDENCE) -> TagResult:
        tag = self._renames.now(each.tag)
        new, probable = self._is_new(tag), each.tag in ruled.accepted
        accepted = probable and (self.accept_new or not new or ruled.implied(each.tag))
        return TagResult(
            tag=tag,
            probability=each.score,
            accepted=accepted,
            new=new,
            facet=self.vocabulary.facet(tag),
            labels=plain_names(self.vocabulary, tag),
            evidence=replace(evidence, rules=ruled.evidence[each.tag]) if each.tag in ruled.evidence else evidence,
            path=path_of(self.vocabulary, tag),
            proposed=new and probable and not accepted,
        )


def _with_place(evidence: Evidence, place: Span | None) -> Evidence:
    """Add the place of a new tag, if no tagger gives one."""
    return replace(evidence, spans=(place,)) if place and not evidence.spans else evidence

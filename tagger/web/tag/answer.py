"""Render the tags of a product with their evidence."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.product import Product
from tagger.results import TagResult
from tagger.types import Contribution, DecisionEvidence, Neighbour, RuleEvidence
from tagger.web.components.highlight import Excerpt, excerpt, highlight
from tagger.web.components.panels import note
from tagger.web.components.punctuation import typeset
from tagger.web.components.reasons import reason
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.service.tagging import Tagged

_LONGEST_TEXT = 1500
_MOST_SPANS = 5
_MOST_DECISIONS = 5
_MOST_NEAR = 6
# Candidates below are shown on demand.
_LEAST_SHOWN = 0.01
_NOTHING = Markup()


@dataclass(frozen=True)
class ContributionBar:
    """A tagger's contribution to a tag's log-odds. `share` is its size relative to the largest one."""

    source: str
    score: float | None
    contribution: float
    share: float


@dataclass(frozen=True)
class TagEvidence:
    """The evidence shown for a tag. `total` is the sum of the contributions."""

    rules: Sequence[RuleEvidence]
    decisions: Sequence[DecisionEvidence]
    excerpts: Sequence[Excerpt]
    neighbours: Sequence[Neighbour]
    contributions: Sequence[ContributionBar]
    total: float


@dataclass(frozen=True)
class SuggestedTag:
    """A suggested tag: its names in the reader's language and in the other one, why it is suggested, and its path.

    `name` is in the product's language.

    Only categories have a path. It is in the product's language if it has one there.
    """

    result: TagResult
    name: str
    shown: Markup
    other_names: Markup
    reason: Markup
    evidence: TagEvidence
    path: Sequence[str] = ()


def answer(tagged: Tagged, similar: Markup = _NOTHING, *, open_first: bool = False) -> Markup:
    """Show the text, the accepted tags by facet, the other tags, and the similar products that voted.

    With `open_first`, the evidence of the first tag is open.
    """
    text = typeset(tagged.product.shown, tagged.product.lang)
    tags = [_candidate(each, text, tagged.product) for each in tagged.answer.tags]
    accepted = _by_facet([tag for tag in tags if tag.result.accepted])
    others = [tag for tag in tags if not tag.result.accepted]
    spans = [(span, tag.name) for tag in accepted for span in tag.result.evidence.spans]
    return render(
        "tag/answer.html",
        text=highlight(text, spans, longest=_LONGEST_TEXT),
        lang=tagged.product.lang,
        answer=tagged.answer,
        accepted=accepted,
        others=[tag for tag in others if tag.result.probability >= _LEAST_SHOWN],
        improbable=[tag for tag in others if tag.result.probability < _LEAST_SHOWN],
        copied=json.dumps([tag.name for tag in accepted], ensure_ascii=False),
        opened=tags[0] if open_first and tags else None,
        similar=similar,
        seconds=tagged.seconds,
    )


def prompt() -> Markup:
    """Show what to do if nothing has been typed yet."""
    return note("Type a product’s title, or pick an example.")


def voters(tagged: Tagged) -> dict[str, float]:
    """Return the similar products that voted for any of the tags: similarity by id, nearest first."""
    found = {each.id: each.similarity for result in tagged.answer.tags for each in result.evidence.neighbours}
    return dict(sorted(found.items(), key=lambda item: -item[1])[:_MOST_NEAR])


def _candidate(result: TagResult, text: str, product: Product) -> SuggestedTag:
    evidence = TagEvidence(
        result.evidence.rules,
        result.evidence.decisions[:_MOST_DECISIONS],
        [excerpt(text, span) for span in result.evidence.spans[:_MOST_SPANS]],
        result.evidence.neighbours,
        _contribution_bars(result.evidence.shares),
        sum(share.contribution for share in result.evidence.shares),
    )
    path = result.path.get(product.lang) or next(iter(result.path.values()), ())
    return SuggestedTag(
        result,
        names.tag(result.tag, result.labels, product.lang),
        names.shown(result.tag, result.labels),
        names.other(result.tag, result.labels),
        reason(result, product),
        evidence,
        path,
    )


def _contribution_bars(shares: Sequence[Contribution]) -> list[ContributionBar]:
    most = max((abs(each.contribution) for each in shares), default=0.0) or 1.0
    return [
        ContributionBar(each.source, each.score, each.contribution, abs(each.contribution) / most) for each in shares
    ]


def _by_facet(tags: Sequence[SuggestedTag]) -> list[SuggestedTag]:
    """Put the tags of a facet side by side: the facet of the most probable tag first, tags without a facet last."""
    facets = [*dict.fromkeys(tag.result.facet for tag in tags)]
    return sorted(tags, key=lambda tag: (not tag.result.facet, facets.index(tag.result.facet)))

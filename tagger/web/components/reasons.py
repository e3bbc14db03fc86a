"""Say in one sentence why a tag is suggested."""

from collections.abc import Iterator, Sequence

from markupsafe import Markup

from index.messages import Message
from index.product import Product
from tagger.results import TagResult
from tagger.types import DecisionEvidence, Neighbour, RuleEvidence, Span
from tagger.web.i18n.translations import in_two

_NEAREST = 5
_MOST_QUOTED = 2


def reason(result: TagResult, product: Product) -> Markup:
    """Say why a tag is suggested, in both languages."""
    parts = [*reasons(result, product)]
    return in_two("；".join(each.text("zh") for each in parts), "; ".join(each.text("en") for each in parts))


def reasons(result: TagResult, product: Product) -> Iterator[Message]:
    """Yield the reasons for a tag, the one that people trust most first.

    If there is no other reason, the source with the largest contribution is named.
    """
    evidence = result.evidence
    found = [*_rules(evidence.rules), *_decisions(evidence.decisions), *_words(evidence.spans, product)]
    found += _neighbours(evidence.neighbours)
    yield from found
    if not found and (most := max(evidence.shares, key=lambda each: each.contribution, default=None)):
        yield Message("mainly from: {source}", source=Message(most.source))


def _rules(rules: Sequence[RuleEvidence]) -> Iterator[Message]:
    for each in rules:
        if each.rule == "implied":
            yield Message("follows from “{tag}”", tag=each.because)
        elif each.rule == "never_automatic":
            yield Message("a rule leaves it to a person")


def _decisions(decisions: Sequence[DecisionEvidence]) -> Iterator[Message]:
    if not decisions:
        return
    if decisions[0].kind in ("accept", "add"):
        yield Message("{name} accepted it for such a product", name=decisions[0].by)
    else:
        yield Message("{name} rejected it for such a product", name=decisions[0].by)


def _words(spans: Sequence[Span], product: Product) -> Iterator[Message]:
    """Quote the words that support a tag, those of the title first."""
    words = {" ".join(each.text.split()): each.start < len(product.title) for each in reversed(spans)}
    title = [each for each in reversed(words) if words[each]]
    if title:
        yield Message("“{words}” in the title", words=" … ".join(title[:_MOST_QUOTED]))
    elif words:
        yield Message("“{words}” in the description", words=" … ".join([*reversed(words)][:_MOST_QUOTED]))


def _neighbours(neighbours: Sequence[Neighbour]) -> Iterator[Message]:
    """Count the products that have the tag among the nearest; a tagger that tells no places only counts its own."""
    near = sum(1 <= each.place <= _NEAREST for each in neighbours)
    if near:
        yield Message("{near} of the {all} most similar products have it", near=near, all=_NEAREST)
    elif neighbours:
        yield Message("{near} similar products have it", near=len(neighbours))

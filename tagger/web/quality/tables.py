"""Render the figures of systems and tags as tables."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from index.messages import mark
from tagger.evaluation.comparison import ComparedMetric
from tagger.evaluation.error_analysis import Confusion, TagFigures
from tagger.vocabulary import Vocabulary
from tagger.web.components.tables import table
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, say

_FIGURES: Mapping[str, str] = {
    "micro_f1": "micro-F1",
    "macro_f1": mark("macro-F1"),
    "precision@1": "P@1",
    "precision@5": "P@5",
    "recall@5": "R@5",
    "recall@20": "R@20",
    "ndcg@10": "nDCG@10",
    "ece": mark("ECE"),
}
_COMPARED: Mapping[str, str] = {
    "precision": "Precision",
    "recall": "Recall",
    "micro_f1": _FIGURES["micro_f1"],
    "ndcg@10": "nDCG@10",
    "accepted tags": mark("Accepted tags per product"),
}
_TAG_HEADS = ("Tags", "Products", mark("Accepted"), "Correct", "Precision", "Recall", "F1")


def render_leaderboard(systems: Mapping[str, Mapping[str, float]]) -> Markup:
    """Show a table of systems with their metrics."""
    rows = [[names.source(name), *(f"{of[key]:.3f}" for key in _FIGURES)] for name, of in systems.items()]
    return table(hint("Leaderboard"), _heads(mark("Tagger"), *_FIGURES.values()), rows, kind="tw-numbers")


def render_tags(listed: Sequence[TagFigures], vocabulary: Vocabulary) -> Markup:
    """Show a table of tags with their figures."""
    rows = [
        [
            _link("page", each.tag, named(each.tag, vocabulary)),
            *(f"{count:,}" for count in (each.wanted, each.accepted, each.right)),
            *(f"{share:.2f}" for share in (each.precision, each.recall, each.f1)),
        ]
        for each in listed
    ]
    return table(hint("By tag"), _heads(*_TAG_HEADS), rows, kind="tw-numbers")


def render_confusions(listed: Sequence[Confusion], vocabulary: Vocabulary) -> Markup:
    """Show which wrong tag was accepted where another tag was missed."""
    rows = [
        [
            _link("page", each.missed, named(each.missed, vocabulary)),
            _link("page", each.wrong, named(each.wrong, vocabulary)),
            f"{each.products:,}",
            _link("open", each.example, each.example),
        ]
        for each in listed
    ]
    heads = _heads(mark("Missed"), mark("Wrongly accepted"), "Products", mark("Example id"))
    return table(hint("Confusions"), heads, rows)


def render_comparison(listed: Sequence[ComparedMetric]) -> Markup:
    """Show the figures of both settings, the difference with its confidence interval, and whether it is significant."""
    rows = [
        [
            say(_COMPARED[each.figure]),
            f"{each.before:.4f}",
            f"{each.after:.4f}",
            f"{each.difference.mean:+.4f}",
            f"{each.difference.low:+.4f} … {each.difference.high:+.4f}",
            _verdict(each),
        ]
        for each in listed
    ]
    heads = _heads(mark("Figure"), "A", "B", "B − A", mark("95% interval"), mark("Significant"))
    return table(hint("Comparison of A and B"), heads, rows, kind="tw-numbers")


def _verdict(each: ComparedMetric) -> Markup:
    if not each.difference.significant:
        return say("no")
    return say(mark("B is higher") if each.difference.mean > 0 else mark("A is higher"))


def _link(what: str, target: str, name: str) -> Markup:
    """Return a button that opens a product ("open") or the page of a tag ("page") in the catalogue."""
    return render("quality/link.html", what=what, target=target, name=name)


def _heads(*words: str) -> list[Markup]:
    return [say(each) for each in words]

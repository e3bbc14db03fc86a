"""Show how good systems are: tables of figures, and curves with the figures under them."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from tagger.evaluation.comparison import ComparedMetric
from tagger.evaluation.drift import Drift, Verdict
from tagger.evaluation.error_analysis import Confusion, Point, TagFigures
from tagger.jobs.quality_report import Diagnosis
from tagger.vocabulary import Vocabulary
from tagger.web.components.plots import Axis, Line, plot
from tagger.web.components.tables import table
from tagger.web.i18n import display_names as names
from tagger.web.i18n.display_names import named
from tagger.web.i18n.translations import hint, say

_FIGURES: Mapping[str, str] = {
    "micro_f1": "micro-F1",
    "macro_f1": "macro-F1",
    "precision@1": "P@1",
    "precision@5": "P@5",
    "recall@5": "R@5",
    "recall@20": "R@20",
    "ndcg@10": "nDCG@10",
    "ece": "ECE",
}
_COMPARED: Mapping[str, str] = {
    "precision": "Precision",
    "recall": "Recall",
    "micro_f1": _FIGURES["micro_f1"],
    "ndcg@10": "nDCG@10",
    "accepted tags": "Accepted tags a product",
}
_TAG_HEADS = ("Tags", "Products", "Accepted", "Right", "Precision", "Recall", "F1")
_POINTS_SHOWN = 10
_DRIFT: Mapping[Verdict, str] = {
    "too few": "too few products since the start to tell drift",
    "steady": "no drift in the latest products",
    "moved": "the latest products are somewhat different",
    "drifted": "the latest products have drifted: review some, then fit again",
}


def board(systems: Mapping[str, Mapping[str, float]]) -> Markup:
    """Show all systems with their figures."""
    rows = [[names.source(name), *(f"{of[key]:.3f}" for key in _FIGURES)] for name, of in systems.items()]
    return table(hint("Leaderboard"), _heads("Tagger", *_FIGURES.values()), rows, kind="tw-numbers")


def drift(found: Drift | None) -> Markup:
    """Say whether the latest products are still of the kind that was held out; nothing where none has come."""
    if found is None:
        return Markup("")
    return Markup(
        '<p class="tw-said tw-drift" data-verdict="{}"><b>{}</b> · {:,} {} · PSI {:.3f} · {}: {:.2f} → {:.2f}</p>'
    ).format(
        found.verdict,
        say(_DRIFT[found.verdict]),
        found.products,
        say("products"),
        found.index,
        say("mean probability of the best tag"),
        found.before,
        found.now,
    )


def curves(found: Diagnosis) -> Markup:
    """Show the reliability diagram and the precision–recall curve, each with its figures under it."""
    return Markup('<div class="tw-plots">{}{}</div>').format(_reliability(found), _precision_recall(found))


def _reliability(found: Diagnosis) -> Markup:
    title = "Reliability diagram"
    lines = [
        Line(names.source(found.system), [(each.score, each.right) for each in found.bins], dots=True),
        Line(say("perfect"), [(0, 0), (1, 1)], thin=True),
    ]
    drawn = plot(title, Axis("Probability"), Axis("share right"), lines)
    rows = [
        [f"{each.low:.1f}–{each.high:.1f}", f"{each.suggestions:,}", f"{each.score:.3f}", f"{each.right:.3f}"]
        for each in found.bins
    ]
    heads = _heads("Probability", "Suggestions", "Mean", "Right")
    return _with_figures(drawn, title, table(hint(title), heads, rows, kind="tw-numbers"))


def _precision_recall(found: Diagnosis) -> Markup:
    title = "Precision–recall curve"
    precision, recall = found.share
    here = Markup("{}: {:.3f}, {:.3f}").format(say("Accepted tags"), precision, recall)
    lines = [
        Line(names.source(found.system), [(each.recall, each.precision) for each in found.curve]),
        Line(here, [(recall, precision)], dots=True),
    ]
    drawn = plot(title, Axis("Recall"), Axis("Precision"), lines)
    rows = [[f"{each.threshold:.3f}", f"{each.precision:.3f}", f"{each.recall:.3f}"] for each in _few(found.curve)]
    heads = _heads("Threshold", "Precision", "Recall")
    return _with_figures(drawn, title, table(hint(title), heads, rows, kind="tw-numbers"))


def _few(curve: Sequence[Point]) -> list[Point]:
    step = max(1, len(curve) // _POINTS_SHOWN)
    return list(curve[::step])


def _with_figures(drawn: Markup, title: str, figures: Markup) -> Markup:
    shown = Markup("<div>{}<details><summary>{}: {}</summary>{}</details></div>")
    return shown.format(drawn, say("Figures"), say(title), figures)


def tags(listed: Sequence[TagFigures], vocabulary: Vocabulary) -> Markup:
    """Show tags with their figures."""
    rows = [
        [
            named(each.tag, vocabulary),
            *(f"{count:,}" for count in (each.wanted, each.accepted, each.right)),
            *(f"{share:.2f}" for share in (each.precision, each.recall, each.f1)),
        ]
        for each in listed
    ]
    return table(hint("By tag"), _heads(*_TAG_HEADS), rows, kind="tw-numbers")


def confusions(listed: Sequence[Confusion], vocabulary: Vocabulary) -> Markup:
    """Show which tag stands where another is missing."""
    rows = [
        [named(each.missed, vocabulary), named(each.wrong, vocabulary), f"{each.products:,}", each.example]
        for each in listed
    ]
    heads = _heads("Missed", "Wrongly accepted", "Products", "For example id")
    return table(hint("Confusions"), heads, rows)


def comparison(listed: Sequence[ComparedMetric]) -> Markup:
    """Show both settings' figures with the difference, its interval, and whether that is more than chance."""
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
    heads = _heads("Figure", "A", "B", "B − A", "95 % interval", "Significant")
    return table(hint("Comparison of A and B"), heads, rows, kind="tw-numbers")


def _verdict(each: ComparedMetric) -> Markup:
    if not each.difference.significant:
        return say("no")
    return say("B is higher" if each.difference.mean > 0 else "A is higher")


def _heads(*words: str) -> list[Markup]:
    return [say(each) for each in words]

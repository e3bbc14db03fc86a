"""Render the reliability diagram and the precision–recall curve, with tables of their figures."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.messages import mark
from tagger.evaluation.error_analysis import Point
from tagger.jobs.quality_report import Diagnosis
from tagger.web.components.plots import Axis, Line, plot
from tagger.web.components.tables import table
from tagger.web.components.templates import render
from tagger.web.i18n import display_names as names
from tagger.web.i18n.translations import hint, say

_POINTS_SHOWN = 10


@dataclass(frozen=True)
class _PlotWithFigures:
    """A plot with a table of its points."""

    title: str
    plot: Markup
    figures: Markup


def render_curves(found: Diagnosis) -> Markup:
    """Show both curves of a system."""
    return render("quality/curves.html", plots=[_reliability(found), _precision_recall(found)])


def _reliability(found: Diagnosis) -> _PlotWithFigures:
    title = mark("Reliability diagram")
    lines = [
        Line(names.source(found.system), [(each.score, each.right) for each in found.bins], dots=True),
        Line(say("perfect calibration"), [(0, 0), (1, 1)], thin=True),
    ]
    rows = [
        [f"{each.low:.1f}–{each.high:.1f}", f"{each.suggestions:,}", f"{each.score:.3f}", f"{each.right:.3f}"]
        for each in found.bins
    ]
    heads = [say("Probability"), say("Suggestions"), say("Mean"), say("Correct")]
    figures = table(hint(title), heads, rows, kind="tw-numbers")
    return _PlotWithFigures(title, plot(title, Axis("Probability"), Axis("fraction correct"), lines), figures)


def _precision_recall(found: Diagnosis) -> _PlotWithFigures:
    title = mark("Precision–recall curve")
    precision, recall = found.share
    here = say("Accepted tags") + f": {precision:.3f}, {recall:.3f}"
    lines = [
        Line(names.source(found.system), [(each.recall, each.precision) for each in found.curve]),
        Line(here, [(recall, precision)], dots=True),
    ]
    shown = _thin_out(found.curve)
    rows = [[f"{each.threshold:.3f}", f"{each.precision:.3f}", f"{each.recall:.3f}"] for each in shown]
    figures = table(hint(title), [say("Threshold"), say("Precision"), say("Recall")], rows, kind="tw-numbers")
    return _PlotWithFigures(title, plot(title, Axis("Recall"), Axis("Precision"), lines), figures)


def _thin_out(curve: Sequence[Point]) -> Sequence[Point]:
    """Return roughly `_POINTS_SHOWN` evenly spaced points, for a table."""
    return curve[:: max(1, len(curve) // _POINTS_SHOWN)]

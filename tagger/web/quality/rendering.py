"""Render a measurement for the quality tab: the products it was made on, drift, and where a system is wrong."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from index.messages import mark
from tagger.evaluation.drift import Drift, Verdict
from tagger.evaluation.error_analysis import TagFigures
from tagger.jobs.evaluate_file import Counts
from tagger.jobs.quality_report import Diagnosis
from tagger.vocabulary import Vocabulary
from tagger.web.components.templates import render
from tagger.web.quality.curves import render_curves
from tagger.web.quality.tables import render_confusions, render_tags

_DRIFT: Mapping[Verdict, str] = {
    "too few": mark("too few recent products to detect drift"),
    "steady": mark("no drift in recent products"),
    "moved": mark("recent products differ slightly"),
    "drifted": mark("recent products have drifted: review some of them, then fit again"),
}
_LEFT_OUT: Mapping[str, str] = {
    "rejected": mark("unreadable"),
    "untagged": mark("without tags"),
    "learnt": mark("already in the store"),
    "beyond": mark("over the limit"),
}


def render_measured_on(products: int, how: str) -> Markup:
    """Show on how many products a measurement was made, and how."""
    return render("quality/measured_on.html", products=products, how=how)


def render_drift(drift: Drift | None) -> Markup:
    """Show whether the latest products still resemble the held-out ones, or nothing if no product has come yet."""
    return render("quality/drift.html", drift=drift, verdict=_DRIFT[drift.verdict] if drift else "")


def render_counts(counts: Counts) -> Markup:
    """Show how many products of a file were judged, and why the others were left out."""
    left_out = [(why, n) for name, why in _LEFT_OUT.items() if (n := getattr(counts, name))]
    return render("quality/counts.html", facts=[(mark("evaluated"), counts.judged), *left_out])


def render_diagnosis(found: Diagnosis, listed: Sequence[TagFigures], vocabulary: Vocabulary) -> Markup:
    """Show a system's curves, some of its tags with their figures, and its confusions."""
    return render(
        "quality/diagnosis.html",
        curves=render_curves(found),
        shown=len(listed),
        all=len(found.tags),
        tags=render_tags(listed, vocabulary),
        confusions=render_confusions(found.confusions, vocabulary),
    )

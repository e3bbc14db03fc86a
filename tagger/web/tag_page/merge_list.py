"""Render likely duplicates among tags, for a person to merge, and the latest changes of tags."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tagger.vocabulary import Vocabulary
from tagger.vocabulary.duplicates import Merge
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import named


@dataclass(frozen=True)
class _MergeRow:
    """A likely merge, with the display names of both tags."""

    merge: Merge
    tag_names: Markup
    into_names: Markup


def render_tidy_panel(merges: Markup, latest: Markup) -> Markup:
    """Show both lists."""
    return render("tag_page/tidy_panel.html", merges=merges, latest=latest)


def render_merges(found: Sequence[Merge], vocabulary: Vocabulary) -> Markup:
    """Show pairs of tags, each with the reason for merging and a button that shows the plan."""
    rows = [_MergeRow(each, named(each.tag, vocabulary), named(each.into, vocabulary)) for each in found]
    return render("tag_page/merges.html", merges=rows)

"""Render changes of tags; those in force have an undo button."""

from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.tag_edit import TagEdit
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import EDITS


def render_changes(edits: Sequence[TagEdit]) -> Markup:
    """Show changes of tags, latest first."""
    return render("tag_page/changes.html", edits=edits, kinds=EDITS)

"""Render changes of tags, with buttons that undo those in force."""

from collections.abc import Sequence

from markupsafe import Markup

from index.catalogue.tag_edit import TagEdit
from tagger.web.components.templates import render
from tagger.web.i18n.display_names import EDITS


def render_changes(edits: Sequence[TagEdit]) -> Markup:
    """Show changes of tags, the latest first."""
    return render("tag_page/changes.html", edits=edits, kinds=EDITS)

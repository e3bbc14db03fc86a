"""Panels that every tab shows: a problem, and a drawer."""

from markupsafe import Markup

from tagger.web.i18n.error_translations import both
from tagger.web.i18n.translations import hint, say


def problem(line: str) -> Markup:
    """Show one line that says what is wrong."""
    shown = Markup('<div class="tw-note tw-problem" role="alert"><p>{}</p><p>{}</p></div>')
    return shown.format(say("That did not work."), both(line))


def drawer(inner: Markup, title: str = "Product") -> Markup:
    """Show something in a drawer over the list, with a button that closes it."""
    return Markup(
        '<div class="tw-drawer" role="dialog" aria-label="{}" tabindex="-1">'
        '<button type="button" class="tw-close" data-close="1">{} <span aria-hidden="true">×</span></button>'
        "{}</div>"
    ).format(hint(title), say("Close"), inner)

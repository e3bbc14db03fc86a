"""Panels that every tab uses: an error, a note, and a drawer."""

from markupsafe import Markup

from index.messages import Message
from tagger.web.components.templates import render


def problem(line: Message) -> Markup:
    """Show an error in one line."""
    return render("components/problem.html", line=line)


def note(text: str) -> Markup:
    """Show a text in place of missing content."""
    return render("components/note.html", text=text)


def drawer(inner: Markup, title: str = "Product") -> Markup:
    """Show content in a drawer over the list, with a close button."""
    return render("components/drawer.html", inner=inner, title=title)

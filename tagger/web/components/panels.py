"""Panels that every tab shows: a problem, a note, and a drawer."""

from markupsafe import Markup

from tagger.web.components.templates import render


def problem(line: str) -> Markup:
    """Show one line that says what is wrong."""
    return render("components/problem.html", line=line)


def note(text: str) -> Markup:
    """Show a text of the page in the place of what is not there."""
    return render("components/note.html", text=text)


def drawer(inner: Markup, title: str = "Product") -> Markup:
    """Show something in a drawer over the list, with a button that closes it."""
    return render("components/drawer.html", inner=inner, title=title)

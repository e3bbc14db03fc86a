"""Show shares as bars."""

from markupsafe import Markup

from tagger.web.components.templates import render


def bar(share: float) -> Markup:
    """Show a share of 1."""
    return render("components/bar.html", share=share)

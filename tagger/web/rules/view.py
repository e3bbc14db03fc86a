"""Event handlers of the form for rules. They never raise: an error becomes a line on the page."""

from collections.abc import Sequence
from typing import Any

from index.errors import TagweaveError
from index.messages import mark
from tagger.web.components import panels
from tagger.web.components.templates import render
from tagger.web.service.service import Service

# In the order of the form: lists of tags, one per line, then the other rules.
LISTS = ("deny", "allow", "never_automatic")
OTHERS = ("existing_only", "parents", "precision")
_SAVED = mark("Saved. Rules count from the next suggestion on, a precision from the next fit.")


class RulesView:
    """Event handlers of the form, independent of Gradio."""

    def __init__(self, service: Service) -> None:
        self._service = service

    def show(self) -> tuple[list[Any], str]:
        """Return the rules in the order of the form, and an error as HTML or an empty string."""
        try:
            rules = self._service.rules.current()
        except TagweaveError as error:
            return [*[""] * len(LISTS), False, False, 0.0], str(panels.problem(error.message))
        return [*("\n".join(rules[each]) for each in LISTS), *(rules[each] for each in OTHERS)], ""

    def save(self, values: Sequence[Any]) -> str:
        """Set the rules, given in the order of the form. Show that they were saved, or an error."""
        lists = {name: lines(value) for name, value in zip(LISTS, values, strict=False)}
        try:
            self._service.rules.change({**lists, **dict(zip(OTHERS, values[len(LISTS) :], strict=True))})
        except TagweaveError as error:
            return str(panels.problem(error.message))
        return str(render("tag_page/done.html", text=_SAVED))


def lines(text: str | None) -> list[str]:
    """Return the lines of a text that are not empty."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]

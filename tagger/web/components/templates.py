"""Render the page's HTML from the Jinja2 templates in `tagger/web/templates`, in which nothing said is markup."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names
from tagger.web.i18n.error_translations import both
from tagger.web.i18n.translations import drawn, hint, label, say

FOLDER = Path(__file__).parents[1] / "templates"
_BETWEEN_TAGS = re.compile(r"(?:(?<=>)|\A)\s*\n\s*(?=<|\Z)")
_ELSEWHERE = re.compile(r"\s*\n\s*")


class JoinLines(Extension):
    """Let templates be indented: a line break between two tags or expressions is dropped, another is one space."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Join the lines of the text between the expressions."""
        for token in stream:
            yield Token(token.lineno, "data", join_lines(token.value)) if token.type == "data" else token


def join_lines(text: str) -> str:
    """Return a piece of a template without its line breaks and their indentation."""
    return _ELSEWHERE.sub(" ", _BETWEEN_TAGS.sub("", text))


def clamp(share: float) -> float:
    """Return the nearest number from 0 to 1."""
    return min(max(share, 0.0), 1.0)


def percent(share: float, digits: int = 0) -> str:
    """Format a share of 1: 0.931 is "93%"."""
    return f"{share:.{digits}%}"


def decimals(number: float, digits: int) -> str:
    """Format a number with as many digits after the point."""
    return f"{number:.{digits}f}"


def signed(number: float, digits: int) -> str:
    """Format a number with its sign, also where it is positive."""
    return f"{number:+.{digits}f}"


def thousands(number: int) -> str:
    """Format a count with separators: "2,484"."""
    return f"{number:,}"


def timestamp(at: datetime) -> str:
    """Format a time, which is UTC, to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def language(lang: str) -> Markup:
    """Name a product's language; an unknown one by its code."""
    return say(display_names.LANGUAGES.get(lang, lang))


def decision(kind: str) -> Markup:
    """Name what a person did with a tag, such as "accepted"."""
    return say(display_names.DECISIONS[kind])


def create_environment() -> Environment:
    """Return the one environment of all templates: it escapes, and refuses names that it is not given."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[JoinLines],
        auto_reload=False,
    )
    environment.globals.update(say=say, hint=hint, label=label, drawn=drawn, both=both)
    environment.globals.update(source=display_names.source, language=language, decision=decision)
    numbers = {"clamp": clamp, "percent": percent, "decimals": decimals, "signed": signed, "thousands": thousands}
    environment.filters.update(typeset=typeset, timestamp=timestamp, **numbers)
    return environment


ENVIRONMENT = create_environment()


def render(name: str, /, **context: object) -> Markup:
    """Render a template, such as "tag/answer.html"; raise UndefinedError where it uses a name that is not given."""
    # The one place where text becomes markup: the environment has escaped what was no markup.
    return Markup(ENVIRONMENT.get_template(name).render(context))  # noqa: S704

"""Render the page's HTML from the Jinja2 templates in `tagger/web/templates`, with every value escaped."""

import re
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from jinja2.ext import Extension
from jinja2.lexer import Token, TokenStream
from markupsafe import Markup

from index.messages import mark
from tagger.web.components.punctuation import typeset
from tagger.web.i18n import display_names
from tagger.web.i18n.translations import both, drawn, hint, label, say

FOLDER = Path(__file__).parents[1] / "templates"
_BETWEEN_TAGS = re.compile(r"(?:(?<=>)|\A)\s*\n\s*(?=<|\Z)")
_ELSEWHERE = re.compile(r"\s*\n\s*")


class JoinLines(Extension):
    """Allow indented templates: drop a line break between two tags or expressions, and turn any other into a space."""

    def filter_stream(self, stream: TokenStream) -> Iterable[Token]:
        """Join the lines of the text between expressions."""
        for token in stream:
            yield Token(token.lineno, "data", join_lines(token.value)) if token.type == "data" else token


def join_lines(text: str) -> str:
    """Return a piece of template text without line breaks and their indentation."""
    return _ELSEWHERE.sub(" ", _BETWEEN_TAGS.sub("", text))


def clamp(share: float) -> float:
    """Limit a number to the range 0 to 1."""
    return min(max(share, 0.0), 1.0)


def percent(share: float, digits: int = 0) -> str:
    """Format a fraction as a percentage: 0.931 is "93%"."""
    return f"{share:.{digits}%}"


def decimals(number: float, digits: int) -> str:
    """Format a number with the given number of decimals."""
    return f"{number:.{digits}f}"


def signed(number: float, digits: int) -> str:
    """Format a number with its sign, "+" included."""
    return f"{number:+.{digits}f}"


def thousands(number: int) -> str:
    """Format a count with separators: "2,484"."""
    return f"{number:,}"


def timestamp(at: datetime) -> str:
    """Format a UTC time to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def language(lang: str) -> Markup:
    """Return the display name of a product's language, or its code if it is unknown."""
    return say(display_names.LANGUAGES.get(lang, lang))


def decision(kind: str) -> Markup:
    """Return the display name of a kind of decision, such as "accepted"."""
    return say(display_names.DECISIONS[kind])


def rule(name: str) -> Markup:
    """Return what a rule had to do with a tag, such as "implied by"."""
    return say(display_names.RULES[name])


def create_environment() -> Environment:
    """Return the environment shared by all templates. It escapes every value and raises for undefined names."""
    environment = Environment(
        loader=FileSystemLoader(FOLDER),
        autoescape=True,
        undefined=StrictUndefined,
        extensions=[JoinLines],
        auto_reload=False,
    )
    environment.globals.update(say=say, hint=hint, label=label, drawn=drawn, both=both, mark=mark)
    environment.globals.update(source=display_names.source, language=language, decision=decision, rule=rule)
    numbers = {"clamp": clamp, "percent": percent, "decimals": decimals, "signed": signed, "thousands": thousands}
    environment.filters.update(typeset=typeset, timestamp=timestamp, **numbers)
    return environment


ENVIRONMENT = create_environment()


def render(name: str, /, **context: object) -> Markup:
    """Render a template, such as "tag/answer.html". Raises `UndefinedError` if `context` lacks a name it uses."""
    # The only place that turns text into markup: the environment has escaped everything else.
    return Markup(ENVIRONMENT.get_template(name).render(context))  # noqa: S704

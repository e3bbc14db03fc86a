"""Messages for users: a stable code, named parameters, and a text in each language from one gettext catalogue.

The catalogue is in `index/locale`. Messages about errors have a code as their id ("row.no-title"), texts of the page
their English wording. `make messages` collects the ids from the sources.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal, get_args

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
DOMAIN = "tagweave"
FOLDER = Path(__file__).with_name("locale")
_CODE = re.compile(r"[a-z-]+\.[a-z0-9_-]+")


@dataclass(frozen=True, init=False)
class Message:
    """One message; `params` fill the placeholders of its text.

    Messages and errors among the parameters appear in the same language as the message itself.
    """

    code: str
    params: Mapping[str, object]

    def __init__(self, code: str, /, **params: object) -> None:
        object.__setattr__(self, "code", code)
        object.__setattr__(self, "params", {name: _plain(value) for name, value in params.items()})

    def __str__(self) -> str:
        return self.text("en")

    @property
    def known(self) -> bool:
        """Whether the catalogue has the code; if not, the code is the text itself."""
        return known(self.code)

    def text(self, language: Language) -> str:
        """Return the text in a language."""
        if not self.params or not self.known:
            return translate(self.code, language)
        return translate(self.code, language).format_map(
            {name: _shown(value, language) for name, value in self.params.items()}
        )

    def as_dict(self) -> dict[str, Any]:
        """Return the message as JSON values, which `from_dict` reads."""
        params = {name: value.as_dict() if isinstance(value, Message) else value for name, value in self.params.items()}
        return {"code": self.code, "params": params}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> "Message":
        """Return the message that `as_dict` wrote."""
        params = {
            name: cls.from_dict(value) if isinstance(value, Mapping) else value
            for name, value in values["params"].items()
        }
        return cls(values["code"], **params)


def translate(id: str, language: Language) -> str:
    """Return the text of a message id in a language, the id itself if the catalogue does not have it."""
    return texts(language).get(id, id)


def known(id: str) -> bool:
    """Return whether the catalogue has a message id."""
    return id in texts("en")


@cache
def texts(language: Language) -> Mapping[str, str]:
    """Return all texts of a language by message id."""
    from babel.messages.pofile import read_po

    with (FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}


def is_code(id: str) -> bool:
    """Return whether a message id is a code; the others are texts of the page."""
    return _CODE.fullmatch(id) is not None


def english_texts(messages: Mapping[str, Message]) -> dict[str, str]:
    """Return messages by name as English texts, for results that are written as JSON."""
    return {name: str(message) for name, message in messages.items()}


def mark(text: str) -> str:
    """Mark a text for the catalogue where it is defined; it is translated where it is shown."""
    return text


def _plain(value: object) -> object:
    """Return a parameter that can be pickled and written as JSON."""
    message = getattr(value, "message", value)  # An error of ours has one.
    if isinstance(message, Message):
        return message
    return value if isinstance(value, str | int | float) else str(value)


def _shown(value: object, language: Language) -> object:
    return value.text(language) if isinstance(value, Message) else value

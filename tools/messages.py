"""Bring the message catalogue up to date with the sources: `make messages`.

New messages get an empty text, which the tests refuse; messages that no source uses any more are removed.
"""

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from index import errors
from index.errors import TagweaveError
from index.messages import DOMAIN, FOLDER, LANGUAGES

ROOT = Path(__file__).parents[1]
_METHODS = [
    ("index/**.py", "python"),
    ("tagger/**.py", "python"),
    ("finetune/**.py", "python"),
    ("tagger/web/templates/**.html", "jinja2"),
]
_ERRORS = [name for name, value in vars(errors).items() if isinstance(value, type) and issubclass(value, TagweaveError)]
# Functions whose first argument is a message id.
_TAKE_AN_ID = ("Message", "mark", "failed", "Busy", "Refused", "Stopping", "Text", "TooLate", "Unreachable", *_ERRORS)
# Functions whose first argument is a text of the page.
_TAKE_A_TEXT = ("say", "label", "hint", "drawn", "note", "fact", "section", "drawer", "Axis", "axis_over")
_WIDTH = 120


def extract() -> Catalog:
    """Return a catalogue of the message ids in the sources, without texts."""
    catalogue = Catalog(domain=DOMAIN, fuzzy=False)
    keywords = dict.fromkeys((*_TAKE_AN_ID, *_TAKE_A_TEXT))
    for file, line, id, comments, context in extract_from_dir(ROOT, _METHODS, keywords=keywords):
        catalogue.add(id, locations=[(file, line)], auto_comments=comments, context=context)
    return catalogue


def update(folder: Path = FOLDER) -> None:
    """Write the ids in the sources into the catalogue of each language, and keep the texts that are there."""
    template = extract()
    for language in LANGUAGES:
        path = folder / language / "LC_MESSAGES" / f"{DOMAIN}.po"
        with path.open("rb") as file:
            catalogue = read_po(file, locale=language, domain=DOMAIN)
        before = {message.id for message in catalogue}
        catalogue.update(template, no_fuzzy_matching=True)
        if {message.id for message in catalogue} == before:
            continue
        with path.open("wb") as file:
            write_po(
                file,
                catalogue,
                width=_WIDTH,
                no_location=True,
                sort_output=True,
                ignore_obsolete=True,
            )


if __name__ == "__main__":
    update()

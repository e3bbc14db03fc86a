"""A table of the methods of `Tagger` and of the other public names; the site describes each in detail below it."""

import inspect
from collections.abc import Iterator

import tagger
from docs_site.markdown import table
from docs_site.texts import Texts
from tagger import Tagger


def render(texts: Texts) -> str:
    """Render a table of the methods of `Tagger`, then one of the other names."""
    heads = texts.head("name", "meaning")
    others = [(name, inspect.getdoc(getattr(tagger, name)) or "") for name in sorted(set(tagger.__all__) - {"Tagger"})]
    return "\n\n".join(
        [
            table(heads, [_row(f"Tagger.{name}", said, texts) for name, said in _methods()]),
            texts.find("python", "others"),
            table(heads, [_row(name, said, texts) for name, said in others]),
        ]
    )


def _methods() -> Iterator[tuple[str, str]]:
    for name, member in vars(Tagger).items():
        if not name.startswith("_"):
            yield name, inspect.getdoc(member) or ""


def _row(name: str, said: str, texts: Texts) -> list[str]:
    first = " ".join(said.partition("\n\n")[0].split()).partition(". ")[0].rstrip(".")
    return [f"[`{name}`][tagger.{name}]", texts.find("python", name, first)]

"""The settings with their defaults, from `default.toml`, and the options of the plugins, from their factories."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from itertools import groupby
from typing import Any

from docs_site.markdown import code, table
from docs_site.texts import Texts
from finetune.seq2seq.settings import LoraSettings
from tagger.plugins import ENCODERS, INDEXES, TAGGERS
from tagger.settings import DEFAULT

_SECTION = re.compile(r"\[(?P<name>[\w.]+)\](?:\s+# (?P<said>.*))?")
_KEY = re.compile(r"(?P<name>\w+) = (?P<value>.*?)(?:\s+# (?P<said>.*))?")
# Plugins of other packages may be installed too.
_OWN = ("tagger.", "index.", "finetune.")
_Row = tuple[str, str, str]


def render(texts: Texts) -> str:
    """Render a section for each table of the settings, then the options of the plugins."""
    parts = []
    for section, rows in groupby(_rows(), key=lambda row: row[0].partition(".")[0]):
        parts += [f"## [{section}] {{ #{section} }}", texts.find("settings", section), _table(list(rows), texts)]
    parts += ["## " + texts.find("settings", "options"), texts.find("settings", "options text")]
    for kind, name, options in _plugins():
        parts += [
            f"### {texts.find('settings', f'kind {kind}')} `{name}` {{ #{kind}-{name} }}",
            _options(name, options, texts),
        ]
    parts += [f"### {texts.find('settings', 'finetune options')} {{ #finetune-options }}"]
    parts += [_options("finetune", {each.name: each.default for each in fields(LoraSettings)}, texts)]
    return "\n\n".join(parts)


def _rows() -> Iterator[_Row]:
    """Yield key, default and comment of each line of `default.toml`; a table with a comment has a line of its own."""
    section = ""
    for line in DEFAULT.read_text("utf-8").splitlines():
        if found := _SECTION.fullmatch(line):
            section = found["name"]
            if found["said"] and "." in section:
                yield section, "", found["said"]
        elif found := _KEY.fullmatch(line):
            yield f"{section}.{found['name']}", found["value"], found["said"] or ""


def _table(rows: list[_Row], texts: Texts) -> str:
    cells = [[code(key.partition(".")[2]), code(value), texts.find("settings", key, said)] for key, value, said in rows]
    return table(texts.head("setting", "default", "meaning"), cells)


def _plugins() -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    """Yield kind, name and options of the plugins that ship."""
    for kind, registry in (("taggers", TAGGERS), ("encoders", ENCODERS), ("indexes", INDEXES)):
        for name, entry in registry.entries().items():
            if entry.value.startswith(_OWN) and (options := registry.settings(name)):
                yield kind, name, options


def _options(name: str, options: Mapping[str, Any], texts: Texts) -> str:
    # Several taggers share options that mean the same.
    sections = (f"options {name}", "options")
    cells = [[code(key), code(_toml(value)), texts.find(sections, key)] for key, value in options.items()]
    return table(texts.head("option", "default", "meaning"), cells)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if value is None:
        return ""
    return f'"{value}"' if isinstance(value, str) else str(value)

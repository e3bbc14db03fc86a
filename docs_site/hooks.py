"""MkDocs calls these functions while it builds the site: they put the generated parts into the pages."""

import re
import sys
from pathlib import Path

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page

# MkDocs loads this file by its path, with its folder first in the search path: there, mcp.py would hide a library.
sys.path[0] = str(Path(__file__).resolve().parents[1])

from docs_site import command_line, errors, mcp, python, rest, results, settings
from docs_site.texts import texts_of

_MARK = re.compile(r"^<!-- generated: ([\w-]+) -->$", re.MULTILINE)
# A line of Chinese that ends in the middle of a sentence: a browser would show a space there. Code stays as it is.
_FENCED = re.compile(r"(^ *```.*?^ *```$)", re.MULTILINE | re.DOTALL)
_CHINESE = "\u3001-\u9fff\uff01-\uff60“”"
_BREAK = re.compile(rf"(?<=[{_CHINESE}])\n *(?=[{_CHINESE}])")
_PARTS = {
    "command-line": command_line.render,
    "errors": errors.render,
    "mcp": mcp.render,
    "python": python.render,
    "rest": rest.render,
    "results": results.render,
    "settings": settings.render,
}


def on_page_markdown(markdown: str, *, page: Page, config: MkDocsConfig, files: Files) -> str:
    """Replace each mark by the part that it names, in the language of the page, and join lines of Chinese."""
    language = page.file.src_uri.partition("/")[0]
    if language == "zh":
        parts = _FENCED.split(markdown)
        markdown = "".join(part if _FENCED.fullmatch(part) else _BREAK.sub("", part) for part in parts)
    return _MARK.sub(lambda mark: _PARTS[mark[1]](texts_of(language)), markdown)


def on_files(files: Files, *, config: MkDocsConfig) -> Files:
    """Add the benchmarks' pictures to the site."""
    for picture in sorted(results.BENCHMARKS.glob("*.png")):
        place = f"{results.PICTURES}/{picture.name}"
        if files.get_file_from_path(place) is None:
            files.append(File.generated(config, place, abs_src_path=str(picture)))
    return files

"""Docstrings, comments, messages, help texts and documents are plain English.

`prose_patterns.tsv` has phrases that were replaced while the prose was rewritten, each with a plain way to say it.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

from index.messages import texts

ROOT = Path(__file__).parents[1]
PATTERNS = [line.split("\t") for line in Path(__file__).with_name("prose_patterns.tsv").read_text("utf-8").splitlines()]
CODE = ("index", "tagger", "finetune", "tools", "docs_site", "benchmarks", "tests")
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "docs/en/**/*.md", "benchmarks/*.md")
HELP = "tagger/cli/parser.py"


def docstrings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node)
            if text:
                yield getattr(node, "lineno", 1), text


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield each block of comment lines as one text."""
    block: list[str] = []
    last = -1
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            if token.start[0] != last + 1 and block:
                yield last, " ".join(block)
                block = []
            block.append(token.string.lstrip("#! "))
            last = token.start[0]
    if block:
        yield last, " ".join(block)


def prose() -> Iterator[tuple[str, str]]:
    """Yield each text with its place."""
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*.py")):
            source = path.read_text("utf-8")
            tree = ast.parse(source)
            for line, text in (*docstrings(tree), *comments(source)):
                yield f"{path.relative_to(ROOT)}:{line}", text
            if path == ROOT / HELP:
                for node in ast.walk(tree):
                    if isinstance(node, ast.Constant) and isinstance(node.value, str):
                        yield f"{HELP}:{node.lineno}", node.value
    for pattern in DOCUMENTS:
        for path in sorted(ROOT.glob(pattern)):
            for number, paragraph in enumerate(path.read_text("utf-8").split("\n\n"), 1):
                yield f"{path.relative_to(ROOT)}, paragraph {number}", paragraph
    settings = (ROOT / "tagger" / "default.toml").read_text("utf-8").splitlines()
    yield from ((f"default.toml:{number}", line.partition("#")[2]) for number, line in enumerate(settings, 1))
    yield from ((f"message {id}", text) for id, text in texts("en").items())


def test_no_phrase_that_was_replaced_comes_back() -> None:
    assert len({pattern for pattern, _ in PATTERNS}) >= 60
    found = [(place, re.sub(r"\s+", " ", text)) for place, text in prose()]
    assert len(found) > 4500
    wrong = [
        f"{place}: {match[0]!r}; write instead: {instead}"
        for pattern, instead in PATTERNS
        for place, text in found
        if (match := re.search(pattern, text))
    ]
    assert wrong == []


def test_no_pattern_matches_everything() -> None:
    assert [pattern for pattern, _ in PATTERNS if re.fullmatch(pattern, "")] == []
    assert re.search(PATTERNS[0][0], "of which")

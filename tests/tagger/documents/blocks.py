"""The code blocks of the documents: the README, and the pages of both languages."""

import io
import re
import textwrap
import tokenize
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
CONTRIBUTING = ROOT / "CONTRIBUTING.md"
ENGLISH = sorted((DOCS / "en").rglob("*.md"))
CHINESE = sorted((DOCS / "zh").rglob("*.md"))
PAGES = [README, CONTRIBUTING, *ENGLISH]

_BLOCK = re.compile(
    r"^(?P<indent> *)```(?P<language>[\w-]*)[^\n]*\n(?P<code>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL
)
# The line before a block names the file that it is the content of.
_FILE = re.compile(r"`(?P<name>[\w./-]*\.\w+|Dockerfile|/[\w./-]+)`[:：]\s*$")


@dataclass(frozen=True)
class Block:
    """A code block of a page; `file` is the file that it is the content of, "" if it is none."""

    page: Path
    line: int
    language: str
    code: str
    file: str = ""

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line} ({self.language})"


def blocks_of(page: Path) -> list[Block]:
    """Return the code blocks of a page in order."""
    text = page.read_text("utf-8")
    found = []
    for match in _BLOCK.finditer(text):
        before = text[: match.start()]
        named = _FILE.search(before.rstrip()[-200:])
        line = before.count("\n") + 1
        code = textwrap.dedent(match["code"])
        found.append(Block(page, line, match["language"], code, named["name"] if named else ""))
    return found


def without_comments(block: Block) -> str:
    """Return the code of a block without what may be in the language of the page: comments and docstrings."""
    code = _without_python_comments(block.code) if block.language == "python" else block.code
    lines = (re.sub(r"(^|\s+)#( .*)?$", "", line).rstrip() for line in code.splitlines())
    return "\n".join(line for line in lines if line)


def _without_python_comments(code: str) -> str:
    code = re.sub(r'^( *)""".*?"""$', r'\1""', code, flags=re.MULTILINE | re.DOTALL)
    tokens = tokenize.generate_tokens(io.StringIO(code).readline)
    return tokenize.untokenize(token for token in tokens if token.type != tokenize.COMMENT)

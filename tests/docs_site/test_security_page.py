"""The page about security names tests that there are, the same in both languages."""

import re
from pathlib import Path

from docs_site.texts import LANGUAGES

ROOT = Path(__file__).parents[2]
NAMED = re.compile(r"`(test_\w+)`")


def test_every_defence_has_a_test_that_there_is() -> None:
    pages = [(ROOT / "docs" / each / "explanation" / "security.md").read_text("utf-8") for each in LANGUAGES]
    rows = [line for line in pages[0].splitlines() if line.startswith("| ") and "defence" not in line]
    assert len(rows) > 20
    assert all(NAMED.search(row) for row in rows)
    named = [NAMED.findall(page) for page in pages]
    assert named[0] == named[1]
    sources = "\n".join(path.read_text("utf-8") for path in ROOT.joinpath("tests").rglob("test_*.py"))
    missing = [name for name in named[0] if f"def {name}(" not in sources]
    assert missing == []

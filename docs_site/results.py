"""The measured figures, as the benchmarks wrote them."""

import re
from pathlib import Path

from docs_site.texts import Texts

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"
# Where the site has the benchmarks' pictures, seen from a page in a folder of its language.
PICTURES = "images/benchmarks"
_LINK_TO_FILE = re.compile(r"(?<!!)\[([^\]]*)\]\((?!https?:|#)[^)]*\)")


def render(texts: Texts) -> str:
    """Return the report without its title, with the pictures where the site has them, and without links to files."""
    report = (BENCHMARKS / "RESULTS.md").read_text("utf-8").partition("\n")[2]
    for picture in BENCHMARKS.glob("*.png"):
        report = report.replace(f"]({picture.name})", f"](../../{PICTURES}/{picture.name})")
    return _LINK_TO_FILE.sub(r"\1", report)

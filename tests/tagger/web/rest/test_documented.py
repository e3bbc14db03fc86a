import json
import re
from pathlib import Path

import pytest

from tools.openapi import FILE

DOCS = Path(__file__).parents[4] / "docs"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reference_lists_every_request(language):
    text = (DOCS / language / "reference/rest.md").read_text("utf-8")
    listed = re.findall(r"^\| `((?:GET|POST|PUT|PATCH|DELETE) /v1/[^`]+)` \|", text, re.MULTILINE)
    paths = json.loads(FILE.read_text("utf-8"))["paths"]
    known = [f"{method.upper()} /v1{path}" for path, methods in paths.items() for method in methods]
    assert sorted(listed) == sorted(known)

"""A small catalogue, and settings that need no weights."""

from typing import Any

WORDS = {"mug": "ceramic", "lamp": "bright", "pan": "steel"}
ROWS: list[dict[str, Any]] = [
    {"id": f"{tag}{n}", "title": f"{word} no{n}", "tags": [tag, "kitchen" if tag != "lamp" else "light"]}
    for tag, word in WORDS.items()
    for n in range(30)
]
QUICK: dict[str, Any] = {"encoder": {"plugin": "acme-pairs", "options": {}}, "index": {"plugin": "flat"}}

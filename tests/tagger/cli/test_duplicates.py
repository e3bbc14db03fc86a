"""The command that lists near-duplicates."""

from collections.abc import Callable
from typing import Any

Run = Callable[..., Any]


def test_the_command_lists_pairs_with_their_scores(tagweave: Run, new_store: Callable[..., Any]) -> None:
    folder = new_store(
        {"id": "1", "title": "Steel kettle 1.7 L"},
        {"id": "2", "title": "1.7 l kettle, steel"},
        {"id": "3", "title": "Steel kettle 1.5 L"},
        {"id": "4", "title": "Blue mug"},
    )
    result = tagweave("duplicates", folder, "--limit", 1, "--json").result
    assert (result["found"], result["products"], len(result["pairs"])) == (1, 4, 1)
    assert result["pairs"][0] == {
        "id": "1", "title": "Steel kettle 1.7 L", "other_id": "2", "other_title": "1.7 l kettle, steel", "score": 1.0
    }  # fmt: skip
    shown = tagweave("duplicates", folder, "--min-score", 1)
    assert shown.status == 0
    assert "1 of 1 pairs shown; 4 products compared" in shown.out

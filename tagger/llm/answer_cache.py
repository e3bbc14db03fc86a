"""Keep a model's answers on disk by the content of the question, so that no question is paid for twice."""

import contextlib
import hashlib
import json
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, Final

from tagger.llm.budget import connect, held_open

# The file in a store's folder of caches that has the answers and what they cost.
LEDGER: Final = "llm.sqlite"


def digest(value: Any) -> str:
    """Return the SHA-256 of a JSON value."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


class AnswerCache:
    """Answers by a digest of all that leads to them. Processes and threads may share the file."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def held_open(self) -> contextlib.AbstractContextManager[None]:
        """Keep the file open for the time of many questions."""
        return held_open(self._path)

    def get(self, keys: Collection[str]) -> dict[str, dict[str, Any]]:
        """Return the answers that are kept to these questions."""
        if not self._path.exists():
            return {}
        with connect(self._path, writes=False) as ledger:
            found = (
                row for key in keys for row in ledger.execute("select key, answer from answers where key = ?", (key,))
            )
            return {key: json.loads(answer) for key, answer in found}

    def put(self, key: str, product: str, answer: Mapping[str, Any]) -> None:
        """Keep an answer; `product` is the digest of the text of the product that it is about."""
        text = json.dumps(answer, ensure_ascii=False)
        with connect(self._path) as ledger:
            ledger.execute("insert or replace into answers values (?, ?, ?)", (key, product, text))


def forget_answers(path: Path, texts: Collection[str]) -> None:
    """Delete the answers about products by their texts; deleted rows are overwritten."""
    if not path.exists():
        return
    with connect(path) as ledger:
        ledger.execute("pragma secure_delete = on")
        ledger.executemany("delete from answers where product = ?", [(digest(each),) for each in texts])

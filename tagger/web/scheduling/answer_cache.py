"""Answers given before, by what was asked and the state of the store."""

import hashlib
import threading
from collections import OrderedDict
from collections.abc import Hashable
from typing import Generic, TypeVar

Value = TypeVar("Value")

_MOST = 2048


class AnswerCache(Generic[Value]):
    """Keeps the latest answers of one state; another state empties it. Thread-safe."""

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._state: Hashable = None
        self._answers: OrderedDict[bytes, Value] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: bytes, state: Hashable) -> Value | None:
        """Return the answer to a question in a state of the store, or None."""
        with self._lock:
            if state != self._state or key not in self._answers:
                return None
            self._answers.move_to_end(key)
            return self._answers[key]

    def put(self, key: bytes, state: Hashable, answer: Value) -> None:
        """Keep an answer that was computed after the store was in this state."""
        with self._lock:
            if state != self._state:
                self._answers.clear()
                self._state = state
            self._answers[key] = answer
            while len(self._answers) > self._most:
                self._answers.popitem(last=False)


def key_of(*asked: object) -> bytes:
    """Hash what was asked; the texts themselves are not kept."""
    return hashlib.blake2b(repr(asked).encode("utf-8", "surrogatepass"), digest_size=16).digest()

"""Wait for an answer no longer than was agreed."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

from index.plugins import PluginOrigin

T = TypeVar("T")


class TimeLimit:
    """Asks in a thread of its own, and leaves the thread behind where the answer takes too long.

    A thread cannot be stopped from outside: it ends by itself, and until then the plugin is not asked again.
    """

    def __init__(self, origin: PluginOrigin, timeout_s: float) -> None:
        self._origin = origin
        self._timeout_s = timeout_s
        self._overdue: list[Thread] = []
        self._lock = Lock()

    def wait_for(self, ask: Callable[[], T]) -> T:
        """Return the answer or raise what `ask` raises; raises `PluginFailed` where it takes too long."""
        self._refuse_while_busy()
        answer: Future[T] = Future()
        # A daemon: the process may end before the answer is there.
        thread = Thread(target=_answer, args=(answer, ask), daemon=True)
        thread.start()
        try:
            return answer.result(self._timeout_s)
        except TimeoutError as error:
            with self._lock:
                self._overdue.append(thread)
            raise self._origin.failed(f"gave no answer within {self._timeout_s:g} s") from error

    def _refuse_while_busy(self) -> None:
        with self._lock:
            self._overdue = [thread for thread in self._overdue if thread.is_alive()]
            busy = bool(self._overdue)
        if busy:
            raise self._origin.failed(f"is still busy with an earlier question after {self._timeout_s:g} s")


def _answer(answer: Future[T], ask: Callable[[], T]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # Whoever waits is to have it, whatever it is.
        answer.set_exception(error)

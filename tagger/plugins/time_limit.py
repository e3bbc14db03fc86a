"""Wait for a plugin's answer, but no longer than a time limit."""

from collections.abc import Callable
from concurrent.futures import Future
from threading import Lock, Thread
from typing import TypeVar

from index.plugins import PluginOrigin

T = TypeVar("T")


class TimeLimit:
    """Calls a plugin in a separate thread, and abandons the thread if the answer takes too long.

    A thread cannot be stopped from outside; until an abandoned one ends, the plugin is not called again.
    """

    def __init__(self, origin: PluginOrigin, timeout_s: float) -> None:
        self._origin = origin
        self._timeout_s = timeout_s
        self._overdue: list[Thread] = []
        self._lock = Lock()

    def wait_for(self, ask: Callable[[], T]) -> T:
        """Return the answer, or raise what `ask` raises. Raises `PluginFailed` if it takes too long."""
        self._refuse_while_busy()
        answer: Future[T] = Future()
        # A daemon, so that the process can exit while the thread is still running.
        thread = Thread(target=_answer, args=(answer, ask), daemon=True)
        thread.start()
        try:
            return answer.result(self._timeout_s)
        except TimeoutError as error:
            with self._lock:
                self._overdue.append(thread)
            raise self._origin.failed("plugin.timeout", seconds=self._timeout_s) from error

    def _refuse_while_busy(self) -> None:
        with self._lock:
            self._overdue = [thread for thread in self._overdue if thread.is_alive()]
            busy = bool(self._overdue)
        if busy:
            raise self._origin.failed("plugin.still-busy", seconds=self._timeout_s)


def _answer(answer: Future[T], ask: Callable[[], T]) -> None:
    try:
        answer.set_result(ask())
    except BaseException as error:  # Passed on to the waiting thread, whatever it is.
        answer.set_exception(error)

"""Limit how many requests one key or address may send."""

import math
import threading
import time
from collections import OrderedDict

_MOST_CALLERS = 10_000
_BURST_S = 2.0


class RateLimits:
    """A bucket of requests for each caller, refilled at a steady rate; no limits if the rate is 0. Thread-safe."""

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._most = max(per_second * _BURST_S, 1.0)
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, caller: str) -> int:
        """Count a request, and return 0 if it may pass, else after how many seconds one may."""
        if not self._rate:
            return 0
        now = time.monotonic()
        with self._lock:
            left, at = self._buckets.pop(caller, (self._most, now))
            left = min(self._most, left + (now - at) * self._rate)
            passes = left >= 1
            self._buckets[caller] = (left - 1 if passes else left, now)
            while len(self._buckets) > _MOST_CALLERS:
                self._buckets.popitem(last=False)
        return 0 if passes else max(1, math.ceil((1 - left) / self._rate))

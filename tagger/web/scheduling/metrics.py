"""Counters, gauges and histograms, in the text format that Prometheus reads."""

import bisect
import threading
from collections.abc import Callable, Mapping, Sequence

_SECONDS = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
_UNITS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
# What each metric tells; a name that ends with `_total` counts, others are distributions.
_HELP = {
    "tagweave_requests_total": "Requests, by path and status",
    "tagweave_request_seconds": "Time to answer a request, by path",
    "tagweave_refusals_total": "Requests refused before any work, by reason",
    "tagweave_cache_total": "Questions to the cache of answers, by outcome",
    "tagweave_batch_products": "Products tagged together",
    "tagweave_batch_seconds": "Time of a batch in the models",
    "tagweave_stage_seconds": "Time of each stage of an explained suggestion",
    "tagweave_wait_seconds": "Time that a request waited for the models",
}
Labels = tuple[tuple[str, str], ...]


class _Histogram:
    def __init__(self, bounds: Sequence[float]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.sum = 0.0

    def observe(self, value: float) -> None:
        self.counts[bisect.bisect_left(self.bounds, value)] += 1
        self.sum += value

    def lines(self, name: str, labels: Labels) -> list[str]:
        total, lines = 0, []
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            total += count
            shown = "+Inf" if bound == float("inf") else f"{bound:g}"
            lines.append(f"{name}_bucket{_shown((*labels, ('le', shown)))} {total}")
        return [*lines, f"{name}_sum{_shown(labels)} {self.sum:g}", f"{name}_count{_shown(labels)} {total}"]


class Metrics:
    """All metrics of a server. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._counts: dict[str, dict[Labels, int]] = {}
        self._histograms: dict[str, dict[Labels, _Histogram]] = {}
        self._gauges: dict[tuple[str, Labels], tuple[str, Callable[[], float]]] = {}

    def count(self, name: str, **labels: str) -> None:
        """Add one to a counter."""
        with self._lock:
            counts = self._counts.setdefault(name, {})
            key = _labels(labels)
            counts[key] = counts.get(key, 0) + 1

    def observe(self, name: str, value: float, **labels: str) -> None:
        """Add a value to a distribution."""
        with self._lock:
            found = self._histograms.setdefault(name, {})
            key = _labels(labels)
            if key not in found:
                found[key] = _Histogram(_SECONDS if name.endswith("_seconds") else _UNITS)
            found[key].observe(value)

    def gauge(self, name: str, help: str, read: Callable[[], float], **labels: str) -> None:
        """Add a value that is read when the metrics are."""
        with self._lock:
            self._gauges[name, _labels(labels)] = (help, read)

    def render(self) -> str:
        """Return all metrics in the text format of Prometheus."""
        lines: list[str] = []
        with self._lock:
            for name, counts in sorted(self._counts.items()):
                lines += _head(name, _HELP[name], "counter")
                lines += [f"{name}{_shown(labels)} {n}" for labels, n in sorted(counts.items())]
            for name, found in sorted(self._histograms.items()):
                lines += _head(name, _HELP[name], "histogram")
                lines += [line for labels, each in sorted(found.items()) for line in each.lines(name, labels)]
            gauges = sorted(self._gauges.items(), key=lambda each: each[0])
        seen: set[str] = set()
        for (name, labels), (help, read) in gauges:
            lines += _head(name, help, "gauge") if name not in seen else []
            seen.add(name)
            lines.append(f"{name}{_shown(labels)} {read():g}")
        return "\n".join([*lines, ""])


def _head(name: str, help: str, kind: str) -> list[str]:
    return [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]


def _labels(labels: Mapping[str, str]) -> Labels:
    return tuple(sorted(labels.items()))


def _shown(labels: Labels) -> str:
    escaped = ((name, value.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")) for name, value in labels)
    inside = ",".join(f'{name}="{value}"' for name, value in escaped)
    return f"{{{inside}}}" if inside else ""

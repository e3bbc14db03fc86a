"""The figures that are wanted on two cores."""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

Results = Mapping[str, Any]


class Wanted(NamedTuple):
    """A figure, its unit, and the least or the most that is wanted."""

    label: str
    figure: float
    limit: float
    unit: str = ""
    at_least: bool = False

    @property
    def is_met(self) -> bool:
        """Whether the figure is as wanted."""
        return self.figure >= self.limit if self.at_least else self.figure <= self.limit

    def row(self) -> str:
        """Return a row of the table."""
        sign = "at least" if self.at_least else "at most"
        unit = f" {self.unit}" if self.unit else ""
        met = "yes" if self.is_met else "**no**"
        return f"| {self.label} | {_number(self.figure)}{unit} | {sign} {_number(self.limit)}{unit} | {met} |"


def wanted(results: Results) -> list[Wanted]:
    """List every figure with an aim among the parts that have a result."""
    return [each for name, of_part in _WANTED.items() if name in results for each in of_part(results[name])]


def _wanted_encoder(part: Results) -> list[Wanted]:
    full, avx2 = (part[kind]["engines"]["tagweave"] for kind in ("full", "avx2"))
    bare = "sentence-transformers"
    return [
        Wanted(f"encoder against {bare}, many texts ({full['engine']})", full["batch_ratio"], 3.5, "×", True),
        Wanted(f"encoder against {bare}, one text ({full['engine']})", full["one_ratio"], 2.2, "×", True),
        Wanted(f"encoder against {bare} on AVX2, many texts", avx2["batch_ratio"], 1.8, "×", True),
        Wanted("a text alone and in a batch, greatest difference", full["alone_and_in_batch"], 1e-6),
    ]


def _wanted_pipeline(part: Results) -> list[Wanted]:
    one, batch = part["one"], part["batch"]
    return [
        Wanted("one product, without evidence", one["ms"]["tag"], 16, "ms"),
        Wanted("one product, with evidence", one["ms"]["explain"], 25, "ms"),
        Wanted("batches of 64", batch["products_per_second"], 200, "products/s", True),
        Wanted("one product: sum of the parts by the whole", one["share"], 0.85, "", True),
        Wanted("batches: sum of the parts by the whole", batch["share"], 0.85, "", True),
    ]


def _wanted_start(part: Results) -> list[Wanted]:
    return [
        Wanted(f"{label}{', peak memory' if unit == 'MiB' else ''}", part[name][figure], most, unit)
        for name, label, figure, most, unit in (
            ("suggest", "`tagweave suggest`, whole process", "wall_seconds", 2, "s"),
            ("suggest", "`tagweave suggest`", "peak_mib", 850, "MiB"),
            ("tag", "`tagweave tag`, 800 rows, whole process", "wall_seconds", 7, "s"),
            ("serve", "`tagweave serve` to the first suggestion", "wall_seconds", 4, "s"),
            ("serve", "`tagweave serve`", "peak_mib", 1024, "MiB"),
            ("demo", "the demo's first start, nothing cached", "wall_seconds", 12, "s"),
            ("fit", "`tagweave fit`, 7,200 titles, no vectors", "wall_seconds", 60, "s"),
        )
    ]


_WANTED: Mapping[str, Callable[[Results], list[Wanted]]] = {
    "encoder": _wanted_encoder,
    "pipeline": _wanted_pipeline,
    "start": _wanted_start,
}


def _number(figure: float) -> str:
    return f"{figure:.1e}" if 0 < abs(figure) < 1e-3 else f"{figure:,.4g}"

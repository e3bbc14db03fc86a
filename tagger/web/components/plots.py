"""Draw curves as SVG: pure functions from points to markup, in colours that follow the theme."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tagger.web.i18n.translations import drawn, hint, say

TICKS = 5
_WIDTH, _HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 46


@dataclass(frozen=True)
class Axis:
    """What is measured along one side, a word of the page, from where to where."""

    label: str
    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Return where a value stands, 0 to 1; what is beyond the ends stands at them."""
        span = self.high - self.low
        return min(max((value - self.low) / span, 0.0), 1.0) if span else 0.5


@dataclass(frozen=True)
class Line:
    """Points (x, y) under a name; joined, or with dots, or as a thin line to compare with."""

    name: str
    points: Sequence[tuple[float, float]]
    dots: bool = False
    thin: bool = False


def plot(title: str, x: Axis, y: Axis, lines: Sequence[Line]) -> Markup:
    """Draw lines over one another with a grid and a legend; a screen reader says the title, a text of the page."""
    shown = [*_grid(x, y), *(_line(line, number, x, y) for number, line in enumerate(lines))]
    legend = Markup("").join(
        Markup('<li class="tw-line-{}{}">{}</li>').format(number, " tw-thin" if line.thin else "", line.name)
        for number, line in enumerate(lines)
    )
    return Markup(
        '<figure class="tw-plot"><figcaption>{}</figcaption>'
        '<svg viewBox="0 0 {} {}" role="img" aria-label="{}">{}</svg><ul class="tw-legend">{}</ul></figure>'
    ).format(say(title), _WIDTH, _HEIGHT, hint(title), Markup("").join(shown), legend)


def axis_over(label: str, values: Sequence[float]) -> Axis:
    """Return an axis that has room for all values, from 0 where they are above."""
    return Axis(label, min(0.0, *values), max(values) or 1.0) if values else Axis(label)


def _grid(x: Axis, y: Axis) -> list[Markup]:
    bottom, left = _HEIGHT - _BOTTOM, _LEFT
    shown = []
    for number in range(TICKS + 1):
        share = number / TICKS
        across, up = _across(share), _up(share)
        shown += [
            Markup('<path class="tw-grid" d="M{:.1f} {}V{}M{} {:.1f}H{}"/>').format(
                across, _TOP, bottom, left, up, _WIDTH - _RIGHT
            ),
            _text(across, bottom + 16, _tick(x, share), "middle"),
            _text(left - 6, up + 4, _tick(y, share), "end"),
        ]
    turned = Markup('<text class="tw-axis" text-anchor="middle" transform="translate(12 {:.1f}) rotate(-90)">{}</text>')
    middle = Markup('<text class="tw-axis" text-anchor="middle" x="{:.1f}" y="{}">{}</text>')
    return [*shown, middle.format(_across(0.5), _HEIGHT - 10, drawn(x.label)), turned.format(_up(0.5), drawn(y.label))]


def _tick(axis: Axis, share: float) -> str:
    value = axis.low + share * (axis.high - axis.low)
    return f"{value:.3g}"


def _text(x: float, y: float, text: str, anchor: str) -> Markup:
    return Markup('<text x="{:.1f}" y="{:.1f}" text-anchor="{}">{}</text>').format(x, y, anchor, text)


def _line(line: Line, number: int, x: Axis, y: Axis) -> Markup:
    places = [(_across(x.place(one)), _up(y.place(other))) for one, other in line.points]
    path = " ".join(f"{across:.1f},{up:.1f}" for across, up in places)
    dots = Markup("").join(
        Markup('<circle cx="{:.1f}" cy="{:.1f}" r="4"/>').format(*place) for place in places if line.dots
    )
    kind = f"tw-line-{number}{' tw-thin' if line.thin else ''}"
    return Markup('<g class="{}"><polyline points="{}"/>{}</g>').format(kind, path, dots)


def _across(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _up(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

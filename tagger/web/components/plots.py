"""Draw line plots as SVG, in colours that follow the theme."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tagger.web.components.templates import render

TICKS = 5
_WIDTH, _HEIGHT = 420, 300
_LEFT, _RIGHT, _TOP, _BOTTOM = 52, 12, 12, 46


@dataclass(frozen=True)
class Axis:
    """The label of an axis (a page text) and its range."""

    label: str
    low: float = 0.0
    high: float = 1.0

    def place(self, value: float) -> float:
        """Return a value's position along the axis, 0 to 1, clamped to its ends."""
        span = self.high - self.low
        return min(max((value - self.low) / span, 0.0), 1.0) if span else 0.5


@dataclass(frozen=True)
class Line:
    """Named points (x, y), drawn as a line, optionally with dots, or as a thin reference line."""

    name: str
    points: Sequence[tuple[float, float]]
    dots: bool = False
    thin: bool = False


@dataclass(frozen=True)
class _Frame:
    """The edges of the plot area and the middles of its axes, in drawing units."""

    width: int = _WIDTH
    height: int = _HEIGHT
    left: int = _LEFT
    right: int = _WIDTH - _RIGHT
    top: int = _TOP
    bottom: int = _HEIGHT - _BOTTOM
    middle_x: float = (_LEFT + _WIDTH - _RIGHT) / 2
    middle_y: float = (_TOP + _HEIGHT - _BOTTOM) / 2


@dataclass(frozen=True)
class _Tick:
    """A grid line on each axis: its position and its value."""

    x: float
    y: float
    x_value: str
    y_value: str


@dataclass(frozen=True)
class _Curve:
    """A line to draw, in drawing units."""

    name: str
    style: str
    places: Sequence[tuple[float, float]]
    dots: bool


def plot(title: str, x: Axis, y: Axis, lines: Sequence[Line]) -> Markup:
    """Draw lines with a grid and a legend. `title` is a page text that screen readers speak."""
    return render(
        "components/plot.html",
        title=title,
        x=x,
        y=y,
        frame=_Frame(),
        ticks=[_tick(x, y, number / TICKS) for number in range(TICKS + 1)],
        curves=[_curve(line, number, x, y) for number, line in enumerate(lines)],
    )


def axis_over(label: str, values: Sequence[float]) -> Axis:
    """Return an axis that covers all values, and 0."""
    return Axis(label, min(0.0, *values), max(values) or 1.0) if values else Axis(label)


def _tick(x: Axis, y: Axis, share: float) -> _Tick:
    return _Tick(_across(share), _up(share), _value(x, share), _value(y, share))


def _value(axis: Axis, share: float) -> str:
    value = axis.low + share * (axis.high - axis.low)
    return f"{value:.3g}"


def _curve(line: Line, number: int, x: Axis, y: Axis) -> _Curve:
    places = [(_across(x.place(one)), _up(y.place(other))) for one, other in line.points]
    return _Curve(line.name, f"tw-line-{number}{' tw-thin' if line.thin else ''}", places, line.dots)


def _across(share: float) -> float:
    return _LEFT + share * (_WIDTH - _LEFT - _RIGHT)


def _up(share: float) -> float:
    return _HEIGHT - _BOTTOM - share * (_HEIGHT - _TOP - _BOTTOM)

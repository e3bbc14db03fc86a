"""Draw the share of products that have a tag, from the oldest products to the newest."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from index.catalogue.tag_queries import Slice
from tagger.web.components.templates import render

_HEIGHT = 60
# Leave room for the top edge.
_HIGHEST = _HEIGHT - 2
_STEP, _BAR, _GAP = 20, 16, 2


@dataclass(frozen=True)
class TrendBar:
    """The bar of one slice of the products, in drawing units."""

    x: int
    y: float
    height: float
    having: int
    products: int
    share: float


def render_trend(slices: Sequence[Slice]) -> Markup:
    """Show one bar per slice. The highest share fills the height."""
    bars = trend_bars(slices)
    return render(
        "tag_page/trend.html",
        bars=bars,
        bar_width=_BAR,
        width=_STEP * len(slices),
        height=_HEIGHT,
        shares=", ".join(f"{each.share:.0%}" for each in bars),
    )


def trend_bars(slices: Sequence[Slice]) -> list[TrendBar]:
    """Return the bars of slices, or an empty list if no product has the tag."""
    most = max((each.having / each.products for each in slices), default=0.0)
    return [_bar(place, each, most) for place, each in enumerate(slices)] if most else []


def _bar(place: int, each: Slice, most: float) -> TrendBar:
    share = each.having / each.products
    # Draw a share of 0 as a thin line.
    height = _HIGHEST * share / most + 1
    return TrendBar(_STEP * place + _GAP, _HEIGHT - height, height, each.having, each.products, share)

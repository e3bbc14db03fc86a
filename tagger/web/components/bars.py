"""Show shares as bars."""

from markupsafe import Markup


def bar(share: float) -> Markup:
    """Show a share of 1."""
    return Markup('<span class="tw-bar"><i style="width:{:.1f}%"></i></span>').format(100 * min(max(share, 0.0), 1.0))


def chance(probability: float) -> Markup:
    """Show a probability with its figure."""
    return Markup('<span class="tw-chance">{}<output>{:.0%}</output></span>').format(bar(probability), probability)

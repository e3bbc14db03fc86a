"""Checks of the numbers among a plugin's options."""

from index.errors import BadSetting


def check_minimum(minimum: int, **options: float) -> None:
    """Raise `BadSetting` for the first option that is below the minimum."""
    for name, value in options.items():
        if value < minimum:
            raise BadSetting("value.minimum", name=name, minimum=minimum, value=value)


def check_above_zero(**options: float) -> None:
    """Raise `BadSetting` for the first option that is not above zero."""
    for name, value in options.items():
        if value <= 0:
            raise BadSetting("value.above-zero", name=name, value=value)

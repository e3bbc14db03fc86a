"""Tell values of a wrong type, and show them in one line."""

from collections.abc import Sequence

import numpy as np

NUMBER = (float, int, np.floating)


def first_other(values: Sequence[object], kind: type | tuple[type, ...]) -> str:
    """Show the first value that is not of this kind, nothing where all are.

    The few types that occur are looked at, not each value.
    """
    if all(issubclass(each, kind) for each in set(map(type, values))):
        return ""
    return next(shown(value) for value in values if not isinstance(value, kind))


def shown(value: object) -> str:
    """Show a value by its type and its first letters."""
    return "None" if value is None else f"{type(value).__name__} {' '.join(str(value).split())[:60]!r}"

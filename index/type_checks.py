"""Find values of a wrong type, and show them in one line."""

from collections.abc import Sequence

import numpy as np

NUMBER = (float, int, np.floating)


def first_other(values: Sequence[object], kind: type | tuple[type, ...]) -> str:
    """Show the first value that is not of this kind, or an empty string if all are.

    Checks each distinct type once, not each value.
    """
    if all(issubclass(each, kind) for each in set(map(type, values))):
        return ""
    return next(shown(value) for value in values if not isinstance(value, kind))


def shown(value: object) -> str:
    """Show a value's type and its first 60 characters."""
    return "None" if value is None else f"{type(value).__name__} {' '.join(str(value).split())[:60]!r}"

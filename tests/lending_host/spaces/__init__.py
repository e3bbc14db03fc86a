"""Stands in for the package that a host brings which lends its GPU: it writes down what was borrowed."""

import functools

from . import zero as zero

borrowed: list[str] = []


def GPU(function):
    @functools.wraps(function)
    def borrowing(*arguments):
        borrowed.append(function.__name__)
        return function(*arguments)

    return borrowing

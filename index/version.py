"""The version of the package, which all its parts may name."""

__version__ = "0.1.0"

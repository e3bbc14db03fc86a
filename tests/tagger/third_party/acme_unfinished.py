"""A plugin with a requirement that is not installed."""

from acme_not_installed import tag as create  # noqa: F401

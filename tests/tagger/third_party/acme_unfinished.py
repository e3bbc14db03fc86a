"""A plugin whose own requirement is not installed."""

from acme_not_installed import tag as create  # noqa: F401

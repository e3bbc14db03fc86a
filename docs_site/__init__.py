"""Builds the generated parts of the documentation site; not part of the distribution."""

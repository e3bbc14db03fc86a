"""The public Python API, which the package `tagger` exports."""

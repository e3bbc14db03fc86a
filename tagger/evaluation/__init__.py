"""Metrics, held-out predictions, error analysis and comparisons."""

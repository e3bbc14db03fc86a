"""Gradient-boosted trees as arrays: read LightGBM's text format, score rows, and explain scores, without LightGBM."""

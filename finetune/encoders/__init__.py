"""Encoders trained on labelled products."""

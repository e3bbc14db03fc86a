"""Pretraining of the T5 base that ships."""

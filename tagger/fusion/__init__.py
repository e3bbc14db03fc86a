"""Fusion of the taggers' rankings: features, ranker, calibration, acceptance."""

"""Simulate a curator who labels products one after another."""

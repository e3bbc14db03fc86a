"""The tab for training."""

"""Train any model: epochs, checkpoints, learning curves and resumption."""

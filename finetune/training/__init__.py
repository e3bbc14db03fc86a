"""Train any model: epochs, checkpoints, curves, and where a training goes on."""

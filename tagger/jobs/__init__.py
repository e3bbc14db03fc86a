"""Long-running jobs: tagging files, evaluation and training."""

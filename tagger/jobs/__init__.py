"""Long-running work: files to tag, evaluations, trainings."""

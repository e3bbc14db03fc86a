"""Work for the models: requests meet in batches, wait in a bounded queue, and expire."""

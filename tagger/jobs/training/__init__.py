"""Train a store in a process of its own: what to run, how it gets on, and what it logs."""

"""How a sequence-to-sequence model writes tags: one interface, an engine for a CPU and one for a GPU."""

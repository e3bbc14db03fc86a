"""Tag generation with sequence-to-sequence models: one interface, a CPU engine and a GPU engine."""

"""Training of the models that `tagger` loads: LoRA adapters, and the small T5 that ships."""

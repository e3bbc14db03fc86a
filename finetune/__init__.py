"""Training of the models that `tagger` loads: LoRA adapters, encoders, and the small T5 that ships."""

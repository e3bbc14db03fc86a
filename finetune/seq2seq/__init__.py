"""LoRA fine-tuning of a sequence-to-sequence model."""

"""Find personal data in texts, and mask it."""

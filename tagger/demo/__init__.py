"""The demo shop: its hand-written material, the products generated from it, and its store."""

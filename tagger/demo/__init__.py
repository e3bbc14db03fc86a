"""The demo shop: its hand-written material, the products written from it, and its store."""

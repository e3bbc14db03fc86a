"""The formats of shops: how each writes products into rows, and where their tags are."""

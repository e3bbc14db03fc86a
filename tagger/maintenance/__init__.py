"""Keep a store sound: find damaged files, repair them, and delete texts for good."""

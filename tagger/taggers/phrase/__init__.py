"""Judge by its surroundings whether a phrase of a text is a tag, known or not."""

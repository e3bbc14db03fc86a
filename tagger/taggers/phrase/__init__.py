"""Parts of the phrase tagger: spans of a text, counts over products, and features."""

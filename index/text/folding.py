"""Fold what is no difference between two texts."""

import unicodedata


def fold(text: str) -> str:
    """Return the text with case, width and white space folded.

    It stays as it is: features that rankers are fitted on are made of it, and what catalogues keep to search in.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

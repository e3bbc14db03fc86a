"""Fold differences that do not distinguish two texts."""

import unicodedata


def fold(text: str) -> str:
    """Return the text with case, width and white space folded.

    Do not change the result: fitted rankers' features and the catalogues' stored search texts depend on it.
    """
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())

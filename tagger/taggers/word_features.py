"""Split texts into the features of the linear taggers."""

from collections.abc import Callable, Mapping, Sequence

from index.text.compounds import Compounds
from index.text.normal_form import FOLDED, normal_form
from index.text.tokens import han_ngrams, latin_ngrams, pairs, words

Part = tuple[int, int]


def _words_and_pairs(text: str) -> list[str]:
    tokens = words(text)
    return [*tokens, *pairs(tokens), *han_ngrams(text)]


def _characters(text: str) -> list[str]:
    return [*latin_ngrams(words(text)), *han_ngrams(text, (1, 2, 3, 4))]


ANALYZERS: Mapping[str, Callable[[str], list[str]]] = {
    "words": words,
    "pairs": _words_and_pairs,
    "characters": _characters,
}


class WordFeatures:
    """The features of a text's normal form, in which the words of tags are divided as in the tags.

    Models from before there was a normal form, of version `FOLDED`, read the text itself.
    """

    def __init__(self, analyzer: str, version: int, tags: Sequence[str]) -> None:
        self._split = ANALYZERS[analyzer]
        self._compounds = Compounds(tags) if version != FOLDED else None

    def __call__(self, text: str) -> list[str]:
        """Return the features of a text."""
        return self._split(self._compounds.normal_text(text) if self._compounds else text)

    def without(self, text: str, parts: Sequence[Sequence[Part]]) -> list[list[str]]:
        """Return the features of a text without each of these parts, given by their start and end offsets."""
        if self._compounds is None:
            return [self._split(leave_out(text, places)) for places in parts]
        form = normal_form(text)
        if self._compounds.normal_text(text) != form.text:
            return [self(leave_out(text, places)) for places in parts]
        # Reading each text again would take most of the time of an explanation.
        return [self._split(leave_out(form.text, sorted(form.part(*place) for place in places))) for places in parts]


def leave_out(text: str, places: Sequence[Part]) -> str:
    """Return a text with a space in place of each part, so that the words beside it stay separate."""
    bounds = [0, *(edge for place in places for edge in place), len(text)]
    return " ".join(text[start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True))

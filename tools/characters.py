"""Write `index/files/encodings/characters.txt`: how common each character is, from a tokenizer's vocabulary.

The packaged e5 model has a unigram vocabulary (XLM-R, MIT licence) that was learnt from a hundred languages. A
character's frequency is the sum over the pieces that contain it. Run it with
`python -m tools.characters TOKENIZER.JSON`.
"""

import json
import math
import sys
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

from index.files.encodings.plausibility import CHARACTERS

_SPECIAL = 4
_SPACE = "\u2581"


def frequencies(pieces: Iterable[tuple[str, float]]) -> dict[str, float]:
    """Return the share of each character, from pieces with the logarithms of their probabilities."""
    found: Counter[str] = Counter()
    for piece, log_probability in pieces:
        for character in piece.replace(_SPACE, ""):
            found[character] += math.exp(log_probability)  # type: ignore[assignment]
    total = sum(found.values())
    return {character: share / total for character, share in found.items()}


def lines(shares: dict[str, float]) -> list[str]:
    """Return one line for each cost in whole nats: the cost, a tab, the characters that have it, in order."""
    by_cost: dict[int, list[str]] = {}
    for character in sorted(shares):
        if ord(character) >= 0x80 and character.isprintable():
            by_cost.setdefault(round(-math.log(shares[character])), []).append(character)
    return [f"{cost}\t{''.join(by_cost[cost])}\n" for cost in sorted(by_cost)]


def main(tokenizer: Path) -> None:
    """Write the file."""
    pieces = json.loads(tokenizer.read_text("utf-8"))["model"]["vocab"][_SPECIAL:]
    CHARACTERS.write_text("".join(lines(frequencies(pieces))), "utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))

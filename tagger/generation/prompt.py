"""The generator's prompt and target formats, shared by training and inference.

Increase `PROMPT_VERSION` with every change of what these functions return: a model trained on another version is
refused, instead of being given prompts that it was not trained on.
"""

import math
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from index.product import Product
from index.text.plain_characters import plain_characters
from index.text.scripts import WIDE

PROMPT_VERSION = 2
SEPARATOR = "|"
NEIGHBOURS = 10

# Each of the neighbours' tags has a letter. The model writes it as a capital if the product has the tag (A), else small
# (a).
SLOTS = "ABCDEFGHIJKL"
# A neighbour's weight is exp(-d / temperature), where d is the difference to the best similarity.
_TEMPERATURE = 0.03
# Widths count a Chinese character as three others, because it takes about as many pieces.
_TITLE_WIDTH = 240
_WINDOW_WIDTH = 660
_WIDE = re.compile(f"[{WIDE}]")
# A text may be split after a punctuation mark or a space.
_PART = re.compile(r"[^\s,.;:!?，。；：！？、]*(?:[\s,.;:!?，。；：！？、]|$)")


class Near(NamedTuple):
    """A labelled neighbour of a product: its cosine similarity and its tags."""

    score: float
    tags: Sequence[str]


class Vote(NamedTuple):
    """A tag of the neighbours, and its share of the votes in ninths, 0 to 9."""

    tag: str
    ninths: int


def votes(neighbours: Sequence[Near]) -> list[Vote]:
    """Return the tags with the most votes, best first, ties by name; nearer neighbours have more weight."""
    nearest = sorted(neighbours, key=lambda near: -near.score)[:NEIGHBOURS]
    weights = [math.exp((near.score - nearest[0].score) / _TEMPERATURE) for near in nearest]
    shares: dict[str, float] = {}
    for near, weight in zip(nearest, weights, strict=True):
        for tag in dict.fromkeys(near.tags):
            shares[tag] = shares.get(tag, 0.0) + weight / sum(weights)
    best = sorted(shares, key=lambda tag: (-shares[tag], tag))[: len(SLOTS)]
    return [Vote(tag, round(9 * shares[tag])) for tag in best]


def prompts(product: Product, voted: Sequence[Vote] = ()) -> list[str]:
    """Return the prompts of a product: its neighbours' tags, its title and its description.

    A description that is too long for one prompt is split into windows, one per prompt.
    """
    title, rest = _cut(plain_characters(product.title), _TITLE_WIDTH)
    text = " ".join(filter(None, (rest, plain_characters(product.description))))
    return [_prompt(title, window, voted) for window in windows(text, _WINDOW_WIDTH)]


def _prompt(title: str, text: str, voted: Sequence[Vote]) -> str:
    named = (f" {slot}{vote.ninths}{_space(_plain(vote.tag))}" for slot, vote in zip(SLOTS, voted, strict=False))
    parts = {"similar": SEPARATOR.join(named), "title": _space(title), "text": _space(text)}
    return " ".join(f"{name}:{part}" for name, part in parts.items() if part)


def windows(text: str, widest: int) -> list[str]:
    """Split a text into windows of about equal width, at most `widest`; an empty text gives one empty window."""
    count = max(1, math.ceil(width(text) / (0.9 * widest)))
    if count == 1:
        return [text]
    aim = width(text) / count
    found = [""]
    for part in _parts(text, widest // 10):
        if found[-1] and part and width(found[-1]) + width(part) / 2 > aim:
            found.append("")
        found[-1] += part
    return [window.strip() for window in found]


def _parts(text: str, widest: int) -> Iterator[str]:
    for match in _PART.finditer(text):
        part = match.group()
        while width(part) > widest:
            first, part = _cut(part, widest)
            yield first
        yield part


def _cut(text: str, widest: int) -> tuple[str, str]:
    """Split a text in two, so that the first part is as wide as possible but not wider than `widest`."""
    wide = 0
    for place, character in enumerate(text):
        wide += width(character)
        if wide > widest:
            return text[:place], text[place:]
    return text, ""


def width(text: str) -> int:
    """Return the width of a text: a Chinese character counts as three others."""
    return len(text) + 2 * len(_WIDE.findall(text))


def target(tags: Iterable[str], voted: Sequence[Vote], text: str) -> str:
    """Write a product's tags as one line.

    The line starts with the letters of the neighbours' tags, small if the product does not have the tag. The other
    tags follow, each after a separator: first those in the text, by position, then the rest by name.
    """
    wanted = dict.fromkeys(tags)
    shown = {vote.tag for vote in voted[: len(SLOTS)]}
    letters = (slot if vote.tag in wanted else slot.lower() for slot, vote in zip(SLOTS, voted, strict=False))
    lower = text.lower()

    def key(tag: str) -> tuple[float, str]:
        found = lower.find(tag.lower())
        return found if found >= 0 else math.inf, tag

    others = sorted((tag for tag in wanted if tag not in shown), key=key)
    return "".join(f" {letter}" for letter in letters) + join_tags(others)


def join_tags(tags: Iterable[str]) -> str:
    """Write tags, each after a separator; a separator within a tag becomes a slash."""
    return "".join(f"{SEPARATOR}{_space(_plain(tag))}" for tag in tags)


def parse(line: str, voted: Sequence[Vote] = ()) -> list[str]:
    """Return the distinct tags of a line that `target` or the model wrote, in order."""
    letters, *others = line.split(SEPARATOR)
    kept = [vote.tag for slot, vote in zip(SLOTS, voted, strict=False) if slot in letters.split()]
    return list(dict.fromkeys([*kept, *filter(None, (" ".join(part.split()) for part in others))]))


def _plain(tag: str) -> str:
    return tag.replace(SEPARATOR, "/")


def _space(text: str) -> str:
    """Put a space before a word, so that it gets the same piece as within a text; Chinese needs none."""
    return text if not text or _WIDE.match(text) else f" {text}"

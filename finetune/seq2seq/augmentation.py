"""Vary the training examples a little each time, so that a model generalises instead of memorising products."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

from finetune.seq2seq.cases import Case
from index.errors import BadSetting
from index.product import Product
from index.text.scripts import HAN_BASIC
from tagger.generation.prompt import Near
from tagger.vocabulary import Vocabulary

# A Chinese sentence ends with a punctuation mark, an English one with a mark and a space.
_SENTENCE_END = re.compile(r"(?<=[。!?;])(?=\S)|(?<=[.!?;]) ")
# A run of characters between spaces, or a single Han character, with the space after it.
_WORD = re.compile(rf"(?:[{HAN_BASIC}]|[^\s{HAN_BASIC}]+)\s*")
_OTHER = {"zh": "en", "en": "zh"}


@dataclass(frozen=True)
class Augmentation:
    """The probability of each change.

    `no_neighbours`: drop all neighbours, so that the text must be read
    `neighbour_dropout`: drop each neighbour
    `hidden_tag`: remove a tag that occurs in the product's text from all neighbours, as if no product had had it yet
    `word_dropout`: drop each word of the text
    `sentence_swap`: shuffle the description's sentences
    `value_replacement`: replace a tag that occurs in the text, there and among the tags, with a neighbour's tag
    `mixed_language`: append the name of one of the tags in the other language to the title
    """

    no_neighbours: float = 0.3
    neighbour_dropout: float = 0.1
    hidden_tag: float = 0.25
    word_dropout: float = 0.0
    sentence_swap: float = 0.5
    value_replacement: float = 0.0
    mixed_language: float = 0.0

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is not a probability."""
        for field in fields(Augmentation):
            if not 0 <= getattr(self, field.name) <= 1:
                raise BadSetting("value.range", name=field.name, low=0, high=1, value=getattr(self, field.name))


def augment(case: Case, how: Augmentation, vocabulary: Vocabulary, rng: random.Random) -> Case:
    """Return the case with random changes."""
    near = tuple(_neighbours(case, how, rng))
    product = case.product
    if rng.random() < how.value_replacement:
        product = with_another_value(product, [tag for each in case.near for tag in each.tags], rng)
    if rng.random() < how.mixed_language:
        product = with_a_foreign_name(product, vocabulary, rng)
    if rng.random() < how.sentence_swap:
        product = reorder_parts(product, rng)
    if how.word_dropout:
        product = without_some_words(product, how.word_dropout, rng)
    return Case(product, near)


def _neighbours(case: Case, how: Augmentation, rng: random.Random) -> list[Near]:
    if rng.random() < how.no_neighbours:
        return []
    text = case.product.text.lower()
    gone = {tag for tag in case.product.tags if tag.lower() in text and rng.random() < how.hidden_tag}
    kept = [near for near in case.near if rng.random() >= how.neighbour_dropout]
    return [Near(near.score, tuple(tag for tag in near.tags if tag not in gone)) for near in kept]


def reorder_parts(product: Product, rng: random.Random) -> Product:
    """Shuffle the description's sentences; they say the same about the product in any order."""
    sentences = [sentence for sentence in _SENTENCE_END.split(product.description) if sentence]
    rng.shuffle(sentences)
    return replace(product, description=("" if product.lang == "zh" else " ").join(sentences))


def without_some_words(product: Product, share: float, rng: random.Random) -> Product:
    """Drop words at random; the tags stay, since the remaining words usually still imply them."""

    def thinned(text: str) -> str:
        kept = "".join(word for word in _WORD.findall(text) if rng.random() >= share)
        return kept.strip() or text

    return replace(product, title=thinned(product.title), description=thinned(product.description))


def with_another_value(product: Product, others: Sequence[str], rng: random.Random) -> Product:
    """Replace a tag that occurs in the text, there and among the tags, with one that the product does not have."""
    standing = [tag for tag in product.tags if _stands(tag, product.text)]
    values = sorted({tag for tag in others if tag not in product.tags and not _stands(tag, product.text)})
    if not standing or not values:
        return product
    old, new = rng.choice(standing), rng.choice(values)
    pattern = re.compile(re.escape(old), re.IGNORECASE)
    return replace(
        product,
        title=pattern.sub(lambda _: new, product.title),
        description=pattern.sub(lambda _: new, product.description),
        tags=tuple(new if tag == old else tag for tag in product.tags),
    )


def with_a_foreign_name(product: Product, vocabulary: Vocabulary, rng: random.Random) -> Product:
    """Append the name of one of the tags in the other language to the title."""
    wanted = _OTHER.get(product.lang, "")
    names = [label for tag in product.tags if (label := vocabulary.labels(tag).get(wanted))]
    return replace(product, title=f"{product.title} {rng.choice(names)}".strip()) if names else product


def _stands(tag: str, text: str) -> bool:
    return tag.lower() in text.lower()

"""An encoder trained on a catalogue's own tags: texts are close if their products share tags.

A text's vector is the sum of token vectors; words, parts of words and Chinese characters are tokens. In each batch,
every product learns to find the others that share its tags: cross-entropy of the softmax over similarities, as in
contrastive learning with in-batch negatives, against target shares that grow with the square of the tag overlap.
Training takes seconds on a CPU; encoding a text takes microseconds.
"""

import json
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse as sp
import torch
from safetensors.numpy import load_file, save_file
from torch.nn import functional

from index.errors import BadSetting, StaleArtifact
from index.product import Product
from index.text.tokens import han_ngrams, latin_ngrams, words
from index.vectors.base import Matrix

_TOKENS, _VECTORS = "tokens.json", "vectors.safetensors"
# Smooth inverse frequency (Arora, Liang and Ma, ICLR 2017) with their a: frequent tokens start with short vectors.
_RARE = 1e-3
_CERTAIN = -1e4


@dataclass(frozen=True)
class TunedSettings:
    """Training settings of the encoder; a token in fewer than `least` products gets no vector."""

    width: int = 256
    epochs: int = 10
    batch_size: int = 256
    learning_rate: float = 5e-3
    temperature: float = 0.05
    dropout: float = 0.1
    least: int = 2
    seed: int = 0

    def __post_init__(self) -> None:
        """Raise `BadSetting` if a value is out of range."""
        for name in ("width", "epochs", "least"):
            if getattr(self, name) < 1:
                raise BadSetting("value.minimum", name=name, minimum=1, value=getattr(self, name))
        if self.batch_size < 2 or self.learning_rate <= 0 or self.temperature <= 0 or not 0 <= self.dropout < 1:
            raise BadSetting("finetune.tuned-settings")


class TunedEncoder:
    """Embeds a text as the normalised sum of its tokens' vectors; must be fitted or loaded first."""

    def __init__(self, settings: TunedSettings) -> None:
        self._settings = settings
        self._places: dict[str, int] = {}
        self._vectors: Matrix = np.zeros((0, settings.width), np.float32)
        self.name = "tuned"

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        return int(self._vectors.shape[1])

    def fit(self, products: Sequence[Product]) -> None:
        """Learn the vectors from labelled products, replacing those learnt before."""
        found = [tokens(product.text) for product in products]
        counts = Counter(token for each in found for token in set(each))
        kept = sorted(token for token, count in counts.items() if count >= self._settings.least)
        self._places = {token: place for place, token in enumerate(kept)}
        total = sum(map(len, found))
        begin = np.array([_RARE / (_RARE + counts[token] / total) for token in kept], np.float32)
        bags = [self._bag(each) for each in found]
        self._vectors = train_bag_encoder(bags, overlaps([product.tags for product in products]), begin, self._settings)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim); the row of a text without a known token is all zeros."""
        summed = np.zeros((len(texts), self.dim), np.float32)
        for row, text in zip(summed, texts, strict=True):
            row[:] = self._vectors[self._bag(tokens(text))].sum(axis=0)
        unit: Matrix = summed / np.maximum(np.linalg.norm(summed, axis=1, keepdims=True), 1e-9)
        return unit

    def _bag(self, found: Sequence[str]) -> np.ndarray:
        return np.array([self._places[token] for token in found if token in self._places], np.int64)

    def save(self, folder: Path) -> None:
        """Write the tokens and their vectors into an existing folder."""
        (folder / _TOKENS).write_text(json.dumps(list(self._places), ensure_ascii=False), "utf-8")
        save_file({"vectors": self._vectors}, folder / _VECTORS)

    def load(self, folder: Path) -> None:
        """Read what `save` wrote; raises `StaleArtifact` if tokens and vectors do not match."""
        kept = json.loads((folder / _TOKENS).read_text("utf-8"))
        self._vectors = load_file(folder / _VECTORS)["vectors"]
        self._places = {token: place for place, token in enumerate(kept)}
        if len(kept) != len(self._vectors):
            raise StaleArtifact("finetune.tokens-mismatch", folder=folder, tokens=len(kept), vectors=len(self._vectors))


def tokens(text: str) -> list[str]:
    """Return the tokens of a text: words, their character 4-grams, and Chinese unigrams and bigrams."""
    found = words(text)
    return [*found, *latin_ngrams(found, (4,)), *han_ngrams(text, (1, 2))]


def overlaps(tags: Sequence[Sequence[str]]) -> sp.csr_matrix:
    """Return weighted tags as rows, so that the dot product of two rows is the weight of the tags they share.

    A tag's weight is the logarithm of its inverse frequency, so rare tags weigh more; float32 (products, tags).
    """
    frequency = Counter(tag for each in tags for tag in set(each))
    places = {tag: place for place, tag in enumerate(frequency)}
    cells = [(row, places[tag]) for row, each in enumerate(tags) for tag in dict.fromkeys(each)]
    weight = {places[tag]: math.sqrt(math.log1p(len(tags) / count)) for tag, count in frequency.items()}
    rows, columns = np.array(cells, np.int64).reshape(-1, 2).T
    values = np.array([weight[column] for column in columns], np.float32)
    return sp.csr_matrix((values, (rows, columns)), (len(tags), max(1, len(places))))


def targets(rows: sp.csr_matrix) -> torch.Tensor:
    """Return the target share of every other product for each product of a batch, (n, n).

    The shares grow with the square of the tag overlap. A row sums to 1, or to 0 if no other product shares a tag.
    """
    shared = (rows @ rows.T).toarray()
    own = shared.diagonal()
    either = np.maximum(own[:, None] + own[None] - shared, 1e-6)
    worth = np.square(shared / either)
    np.fill_diagonal(worth, 0)
    return torch.from_numpy(worth / np.maximum(worth.sum(axis=1, keepdims=True), 1e-6))


def contrast(vectors: torch.Tensor, wanted: torch.Tensor, temperature: float) -> torch.Tensor:
    """Return the mean cross-entropy of each vector's softmax over the other vectors, against `targets` (n, n).

    `vectors` are unit rows (n, width).
    """
    similarity = vectors @ vectors.T / temperature
    others = similarity.masked_fill(torch.eye(len(vectors), dtype=torch.bool, device=vectors.device), _CERTAIN)
    return -(wanted * functional.log_softmax(others, dim=1)).sum(dim=1).mean()


def train_bag_encoder(
    bags: Sequence[np.ndarray], tags: sp.csr_matrix, begin: np.ndarray, settings: TunedSettings
) -> Matrix:
    """Train the token vectors, float32 (tokens, width); `begin` (tokens,) scales their initial lengths."""
    random = torch.Generator().manual_seed(settings.seed)
    first = torch.randn((len(begin), settings.width), generator=random) / math.sqrt(settings.width)
    vectors = torch.nn.EmbeddingBag.from_pretrained(first * torch.from_numpy(begin)[:, None], freeze=False, mode="sum")
    optimizer = torch.optim.Adam(vectors.parameters(), lr=settings.learning_rate)
    batches = list(_batches(len(bags), settings))
    if batches and len(begin):
        schedule = one_cycle(optimizer, settings.learning_rate, len(batches))
        for batch in batches:
            bag, offsets = _drop_tokens([bags[place] for place in batch], settings.dropout, random)
            unit = functional.normalize(vectors(bag, offsets), dim=1)
            loss = contrast(unit, targets(tags[batch]), settings.temperature)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            schedule.step()
    learnt: Matrix = vectors.weight.detach().numpy()
    return learnt


def one_cycle(
    optimizer: torch.optim.Optimizer, learning_rate: float, steps: int
) -> torch.optim.lr_scheduler.OneCycleLR:
    """Return a schedule that rises over the first tenth of the steps and then falls."""
    # OneCycleLR divides by the lengths of its rise and its fall: each must be at least one step.
    steps = max(steps, 3)
    return torch.optim.lr_scheduler.OneCycleLR(
        optimizer, learning_rate, total_steps=steps, pct_start=max(0.1, 2 / steps)
    )


def _batches(count: int, settings: TunedSettings) -> Iterator[np.ndarray]:
    """Yield the positions of each batch's products, leaving out batches of a single product."""
    random = np.random.default_rng(settings.seed)
    for _ in range(settings.epochs):
        order = random.permutation(count)
        parts = max(1, round(count / settings.batch_size))
        yield from (part for part in np.array_split(order, parts) if len(part) > 1)


def _drop_tokens(
    bags: Sequence[np.ndarray], dropout: float, random: torch.Generator
) -> tuple[torch.Tensor, torch.Tensor]:
    """Drop tokens at random; return all bags' tokens concatenated, and the offset of each bag."""
    kept = [bag[torch.rand(len(bag), generator=random).numpy() >= dropout] for bag in bags]
    offsets = np.cumsum([0, *map(len, kept[:-1])])
    return torch.from_numpy(np.concatenate(kept)), torch.from_numpy(offsets)

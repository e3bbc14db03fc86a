"""Networks over word vectors that are learnt in place: one output for each tag.

Each reads numbers of words, int64 (texts, words), and returns logits, (texts, tags). The states are pooled by their
maximum (Collobert et al. 2011): a tag often hangs on a single word, wherever it occurs.
"""

from collections.abc import Sequence

import torch
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy

from tagger.neural.words import PADDING, UNKNOWN

_WINDOWS = (1, 2, 3)
# Share of the words that are read as unknown ones in training.
_HIDDEN = 0.1


class WordEmbedding(torch.nn.Module):
    """Looks up word vectors; in training some words are hidden, and parts of the vectors."""

    def __init__(self, words: int, width: int, dropout: float) -> None:
        super().__init__()
        self.vectors = torch.nn.Embedding(words, width, padding_idx=0)
        torch.nn.init.normal_(self.vectors.weight, std=0.3)
        self.drop = torch.nn.Dropout(dropout)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Return vectors, (texts, words, width)."""
        if self.training:
            hidden = (torch.rand(words.shape) < _HIDDEN) & (words != PADDING)
            words = words.masked_fill(hidden, UNKNOWN)
        found: torch.Tensor = self.drop(self.vectors(words))
        return found


class LstmNetwork(torch.nn.Module):
    """An LSTM (Hochreiter and Schmidhuber 1997) over the words, in one direction or both, and a linear layer."""

    def __init__(self, words: int, tags: int, *, width: int, hidden: int, both: bool, dropout: float) -> None:
        super().__init__()
        self.embedding = WordEmbedding(words, width, dropout)
        self.lstm = torch.nn.LSTM(width, hidden, batch_first=True, bidirectional=both)
        self.drop = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(hidden * (2 if both else 1) + width, tags)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Return the logits of the tags, (texts, tags)."""
        vectors = self.embedding(words)
        states, _ = self.lstm(vectors)
        # The vectors of the words go past the LSTM too: it need not carry each word to the end.
        pooled = torch.cat([states, vectors], dim=2).amax(dim=1)
        logits: torch.Tensor = self.output(self.drop(pooled))
        return logits


class CnnNetwork(torch.nn.Module):
    """Convolutions over windows of words (Kim, "Convolutional neural networks for sentence classification", 2014)."""

    def __init__(self, words: int, tags: int, *, width: int, filters: int, dropout: float) -> None:
        super().__init__()
        self.embedding = WordEmbedding(words, width, dropout)
        self.windows = torch.nn.ModuleList(torch.nn.Conv1d(width, filters, size) for size in _WINDOWS)
        self.drop = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(filters * len(_WINDOWS), tags)

    def forward(self, words: torch.Tensor) -> torch.Tensor:
        """Return the logits of the tags, (texts, tags)."""
        vectors = self.embedding(words).transpose(1, 2)
        pooled = torch.cat([torch.relu(window(vectors)).amax(dim=2) for window in self.windows], dim=1)
        logits: torch.Tensor = self.output(self.drop(pooled))
        return logits


class Probabilities(torch.nn.Module):
    """Turns a network's logits into probabilities: of each tag alone, or `exclusive`, if a product has one tag."""

    def __init__(self, network: torch.nn.Module, *, exclusive: bool) -> None:
        super().__init__()
        self.network, self.exclusive = network, exclusive

    def forward(self, inputs: torch.Tensor) -> torch.Tensor:
        """Return probabilities, (texts, tags)."""
        logits = self.network(inputs)
        return torch.softmax(logits, dim=1) if self.exclusive else torch.sigmoid(logits)


def tag_loss(logits: torch.Tensor, targets: torch.Tensor, *, exclusive: bool) -> torch.Tensor:
    """Return the cross-entropy, summed over the tags, mean over the texts.

    Not the mean over the tags: most of them are absent, and it would be next to nothing.
    """
    if exclusive:
        return cross_entropy(logits, targets)
    return binary_cross_entropy_with_logits(logits, targets, reduction="sum") / len(logits)


def start_at_shares(output: torch.nn.Linear, shares: Sequence[float]) -> None:
    """Let the outputs begin at the logarithm of the odds that a product has the tag."""
    likely = torch.tensor(shares).clamp(1e-3, 1 - 1e-3)
    with torch.no_grad():
        output.bias.copy_(torch.logit(likely))

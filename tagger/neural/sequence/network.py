"""An encoder–decoder that reads words and writes tags, one after the other.

The encoder is a GRU in both directions, the decoder a GRU that attends to the encoder's states by scaled dot products
(Bahdanau et al. 2015; Vaswani et al. 2017). That tags are a sequence, from the most frequent to the rarest, is SGM's
idea (Yang et al., "SGM: sequence generation model for multi-label classification", COLING 2018).
"""

import math

import torch

from tagger.neural.networks import WordEmbedding

# The first numbers of the decoder: what it begins with, and what ends the tags.
BEGIN, END = 0, 1
TAGS_FROM = 2
_MASKED = -1e4


class AttentionNetwork(torch.nn.Module):
    """The encoder, and one step of the decoder."""

    def __init__(self, words: int, tags: int, *, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.vectors = WordEmbedding(words, width, dropout)
        self.encoder = torch.nn.GRU(width, hidden // 2, batch_first=True, bidirectional=True)
        self.memory = torch.nn.Linear(hidden + width, hidden)
        self.first = torch.nn.Linear(hidden, hidden)
        self.tags = torch.nn.Embedding(tags + TAGS_FROM, width)
        self.decoder = torch.nn.GRUCell(width + hidden, hidden)
        self.query = torch.nn.Linear(hidden, hidden, bias=False)
        self.output = torch.nn.Linear(2 * hidden, tags + TAGS_FROM)
        self.drop = torch.nn.Dropout(dropout)
        self._scale = 1 / math.sqrt(hidden)

    def encode(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the memory, (texts, words, hidden), and the decoder's first state, (texts, hidden)."""
        vectors = self.vectors(words)
        states, _ = self.encoder(vectors)
        memory = torch.tanh(self.memory(torch.cat([states, vectors], dim=2)))
        return memory, torch.tanh(self.first(memory.mean(dim=1)))

    def attend(
        self, state: torch.Tensor, memory: torch.Tensor, bias: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return what a state reads in the memory, (texts, hidden), and the shares of the words, (texts, words)."""
        logits = (memory @ self.query(state).unsqueeze(2)).squeeze(2) * self._scale + bias
        shares = torch.softmax(logits, dim=1)
        return (shares.unsqueeze(1) @ memory).squeeze(1), shares

    def step(
        self, last: torch.Tensor, state: torch.Tensor, context: torch.Tensor, memory: torch.Tensor, bias: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the logits of the next tag, the new state, what it reads, and the attention, all (texts, ...)."""
        state = self.decoder(torch.cat([self.drop(self.tags(last)), context], dim=1), state)
        context, shares = self.attend(state, memory, bias)
        return self.output(self.drop(torch.cat([state, context], dim=1))), state, context, shares


def padding_bias(words: torch.Tensor) -> torch.Tensor:
    """Return what keeps the attention away from padding, (texts, words)."""
    return (words == 0).float() * _MASKED


class EncoderPart(torch.nn.Module):
    """The encoder alone, for its graph."""

    def __init__(self, network: AttentionNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, words: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return the memory, the bias against padding, the first state, and what it reads."""
        memory, state = self.network.encode(words)
        bias = padding_bias(words)
        context, _ = self.network.attend(state, memory, bias)
        return memory, bias, state, context


class DecoderPart(torch.nn.Module):
    """One step of the decoder, for its graph; gives the logarithms of probabilities."""

    def __init__(self, network: AttentionNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, last: torch.Tensor, state: torch.Tensor, context: torch.Tensor, memory: torch.Tensor, bias: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return what `step` returns, with log probabilities in place of logits."""
        logits, state, context, shares = self.network.step(last, state, context, memory, bias)
        return torch.log_softmax(logits, dim=1), state, context, shares

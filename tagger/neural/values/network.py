"""A network that labels each token of a text."""

import torch


class TokenNetwork(torch.nn.Module):
    """A bidirectional LSTM over the tokens and what the known names say about them, and a linear layer.

    Huang et al., "Bidirectional LSTM-CRF models for sequence tagging", 2015, without the CRF.
    """

    def __init__(self, words: int, kinds: int, *, width: int, hidden: int, dropout: float) -> None:
        super().__init__()
        self.vectors = torch.nn.Embedding(words, width, padding_idx=0)
        self.hints = torch.nn.Linear(2 * kinds, width, bias=False)
        self.lstm = torch.nn.LSTM(width, hidden, batch_first=True, bidirectional=True)
        self.drop = torch.nn.Dropout(dropout)
        self.output = torch.nn.Linear(2 * hidden + width, 1 + 2 * kinds)

    def forward(self, words: torch.Tensor, hints: torch.Tensor) -> torch.Tensor:
        """Return logits, (texts, tokens, labels).

        `hints`, (texts, tokens, 2 x kinds), says where known values begin and go on.
        """
        states = self.drop(self.vectors(words) + self.hints(hints))
        found, _ = self.lstm(states)
        logits: torch.Tensor = self.output(self.drop(torch.cat([found, states], dim=2)))
        return logits

"""Hidden states below the trained layers: they do not change, so they are computed once and kept in a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from safetensors.numpy import load_file, save_file

from finetune.training.resumption import fingerprint
from index.atomic import replace_file
from index.progress import Progress

_BATCH = 32


@dataclass(frozen=True)
class HiddenStates:
    """The states of the tokens of several texts, float16 (tokens, dim); text t has rows starts[t] to starts[t + 1]."""

    states: npt.NDArray[np.float16]
    starts: npt.NDArray[np.int64]

    def batch(self, texts: Sequence[int]) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the states of some texts, (texts, longest, dim), and which are tokens, (texts, longest)."""
        lengths = [int(self.starts[text + 1] - self.starts[text]) for text in texts]
        states = np.zeros((len(texts), max(lengths), self.states.shape[1]), np.float32)
        mask = np.zeros(states.shape[:2], np.float32)
        for row, (text, length) in enumerate(zip(texts, lengths, strict=True)):
            states[row, :length] = self.states[self.starts[text] : self.starts[text + 1]]
            mask[row, :length] = 1
        return torch.from_numpy(states), torch.from_numpy(mask)


@dataclass(frozen=True)
class LowerLayers:
    """The layers that stay as they are: the embeddings and the first `count` layers of a BERT, with its tokenizer."""

    model: Any
    tokenizer: Any
    prefix: str
    count: int

    def states(self, texts: Sequence[str], most_tokens: int, folder: Path, progress: Progress) -> HiddenStates:
        """Return the states of texts, cut after `most_tokens`; those that were computed before are read from a file."""
        path = folder / f"{fingerprint([list(texts), most_tokens, self.prefix, self.count])}.safetensors"
        if not path.is_file():
            folder.mkdir(parents=True, exist_ok=True)
            states, starts = self._compute(texts, most_tokens, progress)
            with replace_file(path) as building:
                save_file({"states": states, "starts": starts}, building)
        saved = load_file(path)
        return HiddenStates(saved["states"], saved["starts"])

    def _compute(
        self, texts: Sequence[str], most_tokens: int, progress: Progress
    ) -> tuple[npt.NDArray[np.float16], npt.NDArray[np.int64]]:
        cut = [
            self.tokenizer(self.prefix + text.strip(), truncation=True, max_length=most_tokens)["input_ids"]
            for text in texts
        ]
        starts = np.cumsum([0, *map(len, cut)])
        states = np.zeros((starts[-1], self.model.config.hidden_size), np.float16)
        order = sorted(range(len(cut)), key=lambda text: len(cut[text]))
        for first in range(0, len(order), _BATCH):
            some = order[first : first + _BATCH]
            padded = self.tokenizer.pad({"input_ids": [cut[text] for text in some]}, return_tensors="pt")
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16):
                found = self.model(**padded).last_hidden_state.float().numpy()
            for row, text in enumerate(some):
                states[starts[text] : starts[text + 1]] = found[row, : len(cut[text])]
            progress("hidden states", min(first + _BATCH, len(order)), len(order))
        return states, starts

"""The engine for a GPU: transformers' own generation."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from index.weights import Weights
from tagger.generation.merged import load
from tagger.generation.writing import Decoding, Pieces, Written, read


class TorchWriter:
    """Writes with torch on a device; empty, a GPU where there is one."""

    def __init__(self, base: Weights, adapter: Path | None, decoding: Decoding, device: str = "") -> None:
        import torch

        model, tokenizer = load(base, adapter)
        self._model = model.to(device or ("cuda" if torch.cuda.is_available() else "cpu"))
        self._pad = tokenizer.pad_token_id
        self._pieces = Pieces(tokenizer.backend_tokenizer, tokenizer.eos_token_id, decoding.max_input_tokens)
        self._decoding = decoding

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the sequences that a beam search ends with, for each prompt in the order given."""
        found: list[list[Written]] = []
        size = self._decoding.batch_size
        for start in range(0, len(prompts), size):
            found += self._batch(self._pieces.ids(prompts[start : start + size]))
        return found

    def _batch(self, ids: Sequence[Sequence[int]]) -> list[list[Written]]:
        import torch

        inputs, mask = self._padded(ids)
        with torch.inference_mode():
            encoded = self._model.get_encoder()(input_ids=inputs, attention_mask=mask)
            # `generate` repeats the states for its beams within that very object.
            states = encoded.last_hidden_state
            written = self._model.generate(
                encoder_outputs=encoded,
                attention_mask=mask,
                max_new_tokens=self._decoding.max_new_tokens,
                num_beams=self._decoding.beams,
                num_return_sequences=self._decoding.beams,
                do_sample=False,
            )
            by_prompt = zip(states, mask, written.split(self._decoding.beams), strict=True)
            return [self._read(*one) for one in by_prompt]

    def _padded(self, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        import torch
        from torch.nn.utils.rnn import pad_sequence

        rows = [torch.tensor(row) for row in ids]
        inputs = pad_sequence(rows, batch_first=True, padding_value=self._pad)
        mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True)
        return inputs.to(self._model.device), mask.to(self._model.device)

    def _read(self, encoded: Any, mask: Any, ids: Any) -> list[Written]:
        """Read the sequences of one prompt, without the token that every sequence starts with."""
        chances = _log_probabilities(self._model, encoded, mask, ids).tolist()
        return [read(self._pieces, *pair) for pair in zip(ids[:, 1:].tolist(), chances, strict=True)]


def _log_probabilities(model: Any, encoded: Any, mask: Any, ids: Any) -> Any:
    """Return the log-probability of every token of one prompt's sequences, (n, length - 1).

    `generate` could say so too, but would keep each step's scores over all pieces: gigabytes with mT5's 250,000.
    """
    repeated = (encoded.expand(len(ids), -1, -1),)
    logits = model(
        encoder_outputs=repeated, attention_mask=mask.expand(len(ids), -1), decoder_input_ids=ids[:, :-1]
    ).logits
    return logits.float().log_softmax(-1).gather(2, ids[:, 1:, None]).squeeze(2)

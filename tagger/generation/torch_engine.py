"""The GPU engine: generation with transformers."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from index.batching import batched
from index.encoders.weights import Weights
from index.libraries.zero_gpu import borrowing, is_lent
from tagger.generation.constrained import ClosedVocabulary
from tagger.generation.decoding import Decoding, Pieces, Written, read
from tagger.generation.model_loading import load, place_model


class TorchWriter:
    """Generates with torch on a device; if `device` is empty, on a GPU if there is one, else on the CPU.

    With a `vocabulary`, only its tags are written.
    """

    def __init__(
        self,
        base: Weights,
        adapter: Path | None,
        decoding: Decoding,
        device: str = "",
        vocabulary: Collection[str] = (),
    ) -> None:
        model, tokenizer = load(base, adapter)
        self._model = place_model(model, device)
        self._pad = tokenizer.pad_token_id
        self._pieces = Pieces(tokenizer.backend_tokenizer, tokenizer.eos_token_id, decoding.max_input_tokens)
        self._decoding = decoding
        self._closed = ClosedVocabulary(vocabulary, self._pieces) if vocabulary else None
        # Only on hosts that lend a GPU: storing its own bound methods makes a reference cycle, which keeps the model
        # in memory.
        self._lent = (borrowing(self._write), borrowing(self._score_lines)) if is_lent() else None

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the generated sequences for each prompt, in prompt order."""
        write, _ = self._lent or (self._write, self._score_lines)
        return write(prompts)

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        """Score each line as if the model had written it for its prompt."""
        _, score = self._lent or (self._write, self._score_lines)
        return score(prompts, lines)

    def _write(self, prompts: Sequence[str]) -> list[list[Written]]:
        found: list[list[Written]] = []
        for batch in batched(prompts, self._decoding.batch_size):
            found += self._batch(self._pieces.ids(batch))
        return found

    def _score_lines(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        import torch

        start = self._model.config.decoder_start_token_id
        found = []
        for source, spelt in zip(self._pieces.ids(prompts), self._pieces.ids(lines), strict=True):
            states, mask = self._encode([source])
            with torch.inference_mode():
                found += self._read(states, mask, torch.tensor([[start, *spelt]], device=self._model.device))
        return found

    def _batch(self, ids: Sequence[Sequence[int]]) -> list[list[Written]]:
        import torch

        states, mask = self._encode(ids)
        with torch.inference_mode():
            if self._decoding.diversity:
                written = [self._diverse(states[at : at + 1], mask[at : at + 1]) for at in range(len(ids))]
            else:
                written = self._generate(states, mask, num_beams=self._decoding.beams)
            return [self._read(states[at : at + 1], mask[at : at + 1], each) for at, each in enumerate(written)]

    def _encode(self, ids: Sequence[Sequence[int]]) -> tuple[Any, Any]:
        import torch
        from torch.nn.utils.rnn import pad_sequence

        rows = [torch.tensor(row) for row in ids]
        inputs = pad_sequence(rows, batch_first=True, padding_value=self._pad).to(self._model.device)
        mask = pad_sequence([torch.ones_like(row) for row in rows], batch_first=True).to(self._model.device)
        with torch.inference_mode():
            states = self._model.get_encoder()(input_ids=inputs, attention_mask=mask).last_hidden_state
        return states, mask

    def _generate(self, states: Any, mask: Any, *, num_beams: int, start: Any = None) -> list[Any]:
        """Return one tensor per prompt with its sequences, (num_beams, longest)."""
        from transformers.modeling_outputs import BaseModelOutput

        written = self._model.generate(
            # `generate` repeats the states for its beams in place, within this object.
            encoder_outputs=BaseModelOutput(last_hidden_state=states),
            attention_mask=mask,
            decoder_input_ids=start,
            max_new_tokens=self._decoding.max_new_tokens - (0 if start is None else start.shape[1] - 1),
            num_beams=num_beams,
            num_return_sequences=num_beams,
            do_sample=False,
            prefix_allowed_tokens_fn=self._allow if self._closed else None,
        )
        return list(written.split(num_beams))

    def _diverse(self, states: Any, mask: Any) -> Any:
        """Decode greedily, then add sequences that start with a different tag after the letters."""
        import torch

        [greedy] = self._generate(states, mask, num_beams=1)
        opened = self._open_sequence(greedy[0])
        logits = self._model(encoder_outputs=(states,), attention_mask=mask, decoder_input_ids=opened[None]).logits[0]
        if self._closed:
            allowed = self._closed.allowed(opened[1:].tolist())
            others = torch.ones(logits.shape[1], dtype=torch.bool)
            others[allowed] = False
            logits[-1, others.to(logits.device)] = -torch.inf
        chances = logits.float().softmax(-1)
        best = (chances[-2, opened[-1]] * chances[-1]).topk(self._decoding.beams - 1)
        firsts = best.indices[best.values >= self._decoding.least_probable]
        sequences = [greedy[0]]
        if len(firsts):
            start = torch.cat([opened.expand(len(firsts), -1), firsts[:, None]], 1)
            repeated = states.expand(len(firsts), -1, -1), mask.expand(len(firsts), -1)
            sequences += [each[0] for each in self._generate(*repeated, num_beams=1, start=start)]
        return torch.nn.utils.rnn.pad_sequence(sequences, batch_first=True, padding_value=self._pad)

    def _open_sequence(self, ids: Any) -> Any:
        """Return a sequence up to the end of its letters, followed by a separator."""
        import torch

        written = ids.tolist()
        cut = len(self._pieces.letters(written[1:])) + 1
        return torch.tensor([*written[:cut], self._pieces.separator], device=ids.device)

    def _allow(self, _: int, written: Any) -> list[int]:
        assert self._closed is not None
        return self._closed.allowed(written.tolist()[1:])

    def _read(self, states: Any, mask: Any, ids: Any) -> list[Written]:
        """Read the sequences of one prompt, without the decoder's start token."""
        chances = self._log_probabilities(states, mask, ids).tolist()
        return [read(self._pieces, *pair) for pair in zip(ids[:, 1:].tolist(), chances, strict=True)]

    def _log_probabilities(self, states: Any, mask: Any, ids: Any) -> Any:
        """Return the log-probability of every token in one prompt's sequences, (n, length - 1).

        `generate` can return scores too, but keeps each step's scores over all pieces: gigabytes with mT5's 250,000.
        """
        repeated = (states.expand(len(ids), -1, -1),)
        logits = self._model(
            encoder_outputs=repeated, attention_mask=mask.expand(len(ids), -1), decoder_input_ids=ids[:, :-1]
        ).logits
        return logits.float().log_softmax(-1).gather(2, ids[:, 1:, None]).squeeze(2)

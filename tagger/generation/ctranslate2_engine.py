"""The CPU engine: CTranslate2 with 8-bit weights, converted once and cached under a hash of the weights."""

import hashlib
import math
import os
import shutil
import weakref
from collections.abc import Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from tokenizers import Tokenizer

from index.atomic import new_folder
from index.batching import batched
from index.encoders.weights import Weights
from tagger.generation.bases import WEIGHTS, check_adapter, reading
from tagger.generation.decoding import Decoding, Pieces, Written, read, repetition_start
from tagger.generation.model_loading import load
from tagger.generation.prompt import SEPARATOR
from tagger.generation.t5_conversion import can_convert, convert_t5, end_token

ARCHITECTURES = ("t5", "mt5")
_TYPE = "int8"
_END = "end.txt"


class Scored(NamedTuple):
    """The tokens of a sequence, and their log-probabilities."""

    ids: list[int]
    chances: list[float]


class Steps:
    """Records the tokens written for a batch, and stops a sequence that repeats a tag."""

    def __init__(self, size: int, pieces: Pieces) -> None:
        self.written = [Scored([], []) for _ in range(size)]
        self._pieces = pieces

    def __call__(self, step: Any) -> bool:
        """Record one token; return whether its sequence must stop."""
        ids, chances = self.written[step.batch_id]
        ids.append(step.token_id)
        chances.append(step.log_prob)
        return SEPARATOR in step.token and repetition_start(ids, self._pieces) is not None


class CTranslate2Writer:
    """Generates with CTranslate2, with one worker per CPU."""

    def __init__(self, base: Weights, adapter: Path | None, decoding: Decoding, cache: Path) -> None:
        import ctranslate2

        folder = convert(base, adapter, cache)
        with reading(f"converted base {base.name}", folder):
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            end = int((folder / _END).read_text("ascii"))
            # Threads within one sequence wait for each other at every token; one worker per CPU is faster.
            workers = os.cpu_count() or 1
            model = ctranslate2.Translator(
                str(folder), device="cpu", compute_type=_TYPE, inter_threads=workers, intra_threads=1
            )
        # A translator that is still there when Python ends would abort the process: it goes before that.
        self._held = [model]
        weakref.finalize(self, self._held.clear)
        self._pieces = Pieces(tokenizer, end, decoding.max_input_tokens)
        self._decoding = decoding

    @property
    def _model(self) -> Any:
        return self._held[0]

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the generated sequences for each prompt, in prompt order, the most probable first."""
        if not prompts:
            return []
        sources = [self._pieces.names(ids) for ids in self._pieces.ids(prompts)]
        if self._decoding.diversity:
            found = self._diverse(sources)
        elif self._decoding.beams == 1:
            found = [[one] for one in self._greedy(sources)]
        else:
            beams = self._decoding.beams
            found = self._score_sequences(sources, self._sequences(sources, beam_size=beams, num_hypotheses=beams))
        return [[read(self._pieces, *one) for one in several] for several in found]

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        """Score each line as if the model had written it for its prompt."""
        sources, spelt = ([self._pieces.names(ids) for ids in self._pieces.ids(texts)] for texts in (prompts, lines))
        return [
            read(self._pieces, *one) for [one] in self._score_sequences(sources, [[pieces[:-1]] for pieces in spelt])
        ]

    def _greedy(self, sources: Sequence[Sequence[str]]) -> list[Scored]:
        """Decode greedily; token probabilities are recorded on the way, which saves a scoring pass."""
        batches = list(batched(sources, self._decoding.batch_size))
        steps = [Steps(len(batch), self._pieces) for batch in batches]
        asked = [
            self._model.translate_batch(
                batch,
                asynchronous=True,
                beam_size=1,
                max_decoding_length=self._decoding.max_new_tokens,
                return_scores=True,
                callback=taken,
            )
            for batch, taken in zip(batches, steps, strict=True)
        ]
        for results in asked:
            for result in results:
                result.result()
        return [one for taken in steps for one in taken.written]

    def _diverse(self, sources: Sequence[Sequence[str]]) -> list[list[Scored]]:
        """Decode greedily, then add sequences that start with a different tag after the letters.

        Improbable alternatives are filtered here: CTranslate2 4.8 has a setting for the least probability, but divides
        by zero if no alternative is left.
        """
        first = self._greedy(sources)
        cuts = [len(self._pieces.letters(one.ids)) for one in first]
        opened = [
            self._pieces.names([*one.ids[:cut], self._pieces.separator]) for one, cut in zip(first, cuts, strict=True)
        ]
        others = self._sequences(
            sources, opened, beam_size=1, num_hypotheses=self._decoding.beams - 1, return_alternatives=True
        )
        least = math.log(self._decoding.least_probable) if self._decoding.least_probable else -math.inf
        return [
            [one, *(other for other in several if sum(other.chances[cut : cut + 2]) >= least)]
            for one, several, cut in zip(first, self._score_sequences(sources, others), cuts, strict=True)
        ]

    def _sequences(
        self, sources: Sequence[Sequence[str]], started: Sequence[Sequence[str]] | None = None, **how: Any
    ) -> list[list[list[str]]]:
        found = self._model.translate_batch(
            sources,
            target_prefix=started,
            max_batch_size=self._decoding.batch_size,
            max_decoding_length=self._decoding.max_new_tokens,
            **how,
        )
        return [result.hypotheses for result in found]

    def _score_sequences(
        self, sources: Sequence[Sequence[str]], sequences: Sequence[Sequence[Sequence[str]]]
    ) -> list[list[Scored]]:
        """Return the tokens and log-probabilities of each source's sequences."""
        repeated = [source for source, several in zip(sources, sequences, strict=True) for _ in several]
        flat = [one for several in sequences for one in several]
        scored = map(self._cut, self._model.score_batch(repeated, flat, max_batch_size=self._decoding.batch_size))
        return [list(islice(scored, len(several))) for several in sequences]

    def _cut(self, scored: Any) -> Scored:
        # Scoring appends an end token to every sequence, even to one that was cut off at the maximum length.
        length = min(len(scored.tokens), self._decoding.max_new_tokens)
        return Scored([self._pieces.id(piece) for piece in scored.tokens[:length]], scored.log_probs[:length])


def convert(base: Weights, adapter: Path | None, cache: Path) -> Path:
    """Return the folder of the converted model; convert it first if it is not cached.

    Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` if the adapter is
    missing.
    """
    if adapter is not None:
        check_adapter(adapter, base)
    folder = cache / f"ctranslate2-{_hash(base, adapter)}"
    if not folder.is_dir():
        with new_folder(folder) as building:
            _convert(base, adapter, building)
    return folder


def _hash(base: Weights, adapter: Path | None) -> str:
    digest = hashlib.blake2b(f"{version('ctranslate2')} {_TYPE} {base.fingerprint()}".encode(), digest_size=8)
    if adapter is not None:
        digest.update((adapter / WEIGHTS).read_bytes())
    return digest.hexdigest()


def _convert(base: Weights, adapter: Path | None, building: Path) -> None:
    with reading(f"base {base.name}", base.folder):
        plain = adapter is None and can_convert(base.folder)
        if plain:
            convert_t5(base.folder, building, _TYPE)
            shutil.copyfile(base.folder / "tokenizer.json", building / "tokenizer.json")
            (building / _END).write_text(str(end_token(base.folder)), "ascii")
    if not plain:
        _convert_with_torch(base, adapter, building)


def _convert_with_torch(base: Weights, adapter: Path | None, building: Path) -> None:
    import torch
    from ctranslate2.converters import Converter
    from ctranslate2.converters.transformers import MT5Loader, T5Loader

    model, tokenizer = load(base, adapter)

    class Loaded(Converter):  # type: ignore[misc]
        """Converts the model in memory, with its adapter merged, so that CTranslate2 reads no files itself."""

        def _load(self) -> Any:
            loader = {"t5": T5Loader, "mt5": MT5Loader}[model.config.model_type]()
            # CTranslate2 assumes that a model with tied embeddings scales its outputs. Since transformers 5 they are
            # always tied, and `scale_decoder_outputs` tells whether to scale; mT5 lacks it and does not scale.
            model.config.tie_word_embeddings = getattr(model.config, "scale_decoder_outputs", False)
            with torch.no_grad():
                return loader(model, tokenizer)

    Loaded().convert(str(building), quantization=_TYPE, force=True)
    tokenizer.backend_tokenizer.save(str(building / "tokenizer.json"))
    (building / _END).write_text(str(tokenizer.eos_token_id), "ascii")

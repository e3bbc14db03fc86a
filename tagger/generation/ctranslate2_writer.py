"""The engine for a CPU: CTranslate2 with weights in eight bits, converted once and kept under the weights' hash."""

import hashlib
import math
import os
from collections.abc import Sequence
from importlib.metadata import version
from itertools import islice
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from index.weights import Weights, new_folder
from tagger.generation.merged import load
from tagger.generation.writing import Decoding, Pieces, Written, read
from tagger.pretrained import WEIGHTS, check_adapter, reading

ARCHITECTURES = ("t5", "mt5")
_TYPE = "int8"
_END = "end.txt"


class CTranslate2Writer:
    """Writes with CTranslate2, as many prompts at once as there are processors."""

    def __init__(self, base: Weights, adapter: Path | None, decoding: Decoding, cache: Path) -> None:
        import ctranslate2

        folder = converted(base, adapter, cache)
        with reading(f"converted base {base.name}", folder):
            tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            end = int((folder / _END).read_text("ascii"))
            # Threads within one sequence wait for one another at every token: a worker a processor does more.
            workers = os.cpu_count() or 1
            self._model = ctranslate2.Translator(
                str(folder), device="cpu", compute_type=_TYPE, inter_threads=workers, intra_threads=1
            )
        self._pieces = Pieces(tokenizer, end, decoding.max_input_tokens)
        self._decoding = decoding

    def write(self, prompts: Sequence[str]) -> list[list[Written]]:
        """Return the sequences that are written for each prompt, in the order given, the most probable first."""
        if not prompts:
            return []
        sources = [self._pieces.names(ids) for ids in self._pieces.ids(prompts)]
        if self._decoding.diversity:
            found = self._diverse(sources)
        else:
            beams = self._decoding.beams
            found = self._scored(sources, self._sequences(sources, beam_size=beams, num_hypotheses=beams))
        return [[self._read(one) for one in several] for several in found]

    def score(self, prompts: Sequence[str], lines: Sequence[str]) -> list[Written]:
        """Return each line as if it had been written for its prompt."""
        sources, spelt = ([self._pieces.names(ids) for ids in self._pieces.ids(texts)] for texts in (prompts, lines))
        return [self._read(one) for [one] in self._scored(sources, [[pieces[:-1]] for pieces in spelt])]

    def _diverse(self, sources: Sequence[Sequence[str]]) -> list[list[Any]]:
        """Write the most probable sequence, and others that begin another tag after the letters.

        CTranslate2 4.8 has a setting for the least probability, but divides by zero where nothing is left.
        """
        first = self._scored(sources, self._sequences(sources, beam_size=1, num_hypotheses=1))
        cuts = [len(self._pieces.letters(self._ids(one.tokens))) for [one] in first]
        [separator] = self._pieces.names([self._pieces.separator])
        opened = [[*one.tokens[:cut], separator] for [one], cut in zip(first, cuts, strict=True)]
        others = self._sequences(
            sources, opened, beam_size=1, num_hypotheses=self._decoding.beams - 1, return_alternatives=True
        )
        least = math.log(self._decoding.least_probable) if self._decoding.least_probable else -math.inf
        return [
            [one, *(other for other in several if sum(other.log_probs[cut : cut + 2]) >= least)]
            for [one], several, cut in zip(first, self._scored(sources, others), cuts, strict=True)
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

    def _scored(
        self, sources: Sequence[Sequence[str]], sequences: Sequence[Sequence[Sequence[str]]]
    ) -> list[list[Any]]:
        """Return the tokens of each source's sequences with their log-probabilities."""
        repeated = [source for source, several in zip(sources, sequences, strict=True) for _ in several]
        flat = [one for several in sequences for one in several]
        scored = iter(self._model.score_batch(repeated, flat, max_batch_size=self._decoding.batch_size))
        return [list(islice(scored, len(several))) for several in sequences]

    def _read(self, scored: Any) -> Written:
        # Scoring ends every sequence, also one that was cut off for its length.
        length = min(len(scored.tokens), self._decoding.max_new_tokens)
        return read(self._pieces, self._ids(scored.tokens[:length]), scored.log_probs[:length])

    def _ids(self, pieces: Sequence[str]) -> list[int]:
        return [self._pieces.id(piece) for piece in pieces]


def converted(base: Weights, adapter: Path | None, cache: Path) -> Path:
    """Return the folder with the converted model, made first where it is not there.

    Raises `StaleArtifact` for a base or an adapter that is damaged or does not fit, `MissingArtifact` for an adapter
    that is not there.
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
    import torch
    from ctranslate2.converters import Converter
    from ctranslate2.converters.transformers import MT5Loader, T5Loader

    model, tokenizer = load(base, adapter)

    class Loaded(Converter):  # type: ignore[misc]
        """Converts the model as it is in memory: with its adapter, and never by reading other formats."""

        def _load(self) -> Any:
            loader = {"t5": T5Loader, "mt5": MT5Loader}[model.config.model_type]()
            # CTranslate2 takes a model whose embeddings are tied for one that scales its outputs. Since transformers 5
            # they are always tied, and another setting, which mT5 has not, says whether to scale.
            model.config.tie_word_embeddings = getattr(model.config, "scale_decoder_outputs", False)
            with torch.no_grad():
                return loader(model, tokenizer)

    Loaded().convert(str(building), quantization=_TYPE, force=True)
    tokenizer.backend_tokenizer.save(str(building / "tokenizer.json"))
    (building / _END).write_text(str(tokenizer.eos_token_id), "ascii")

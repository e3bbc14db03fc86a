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
        """Return the sequences that are written for each prompt, in the order given."""
        if not prompts:
            return []
        sources = [self._pieces.names(ids) for ids in self._pieces.ids(prompts)]
        sequences = [result.hypotheses for result in self._sequences(sources)]
        repeated = [source for source, several in zip(sources, sequences, strict=True) for _ in several]
        scored = iter(self._scored(repeated, [one for several in sequences for one in several]))
        kept = [self._kept(list(islice(scored, len(each)))) for each in sequences]
        return [[self._read(one.tokens, one.log_probs) for one in each] for each in kept]

    def score(self, prompts: Sequence[str], tags: Sequence[str]) -> list[float]:
        """Return how probable the tag is as the first one for its prompt: the geometric mean over its pieces."""
        sources, spelt = ([self._pieces.names(ids) for ids in self._pieces.ids(texts)] for texts in (prompts, tags))
        scored = self._scored(sources, [pieces[:-1] for pieces in spelt])
        return [math.exp(sum(one.log_probs[:-1]) / max(1, len(one.log_probs) - 1)) for one in scored]

    def _kept(self, scored: list[Any]) -> list[Any]:
        """Leave out diverse sequences that begin improbably, all but the first.

        CTranslate2 4.8 has a setting for that, but divides by zero where nothing is left.
        """
        if not self._decoding.diversity:
            return scored
        least = math.log(self._decoding.least_probable) if self._decoding.least_probable else -math.inf
        return [one for place, one in enumerate(scored) if not place or one.log_probs[0] >= least]

    def _sequences(self, sources: Sequence[Sequence[str]]) -> list[Any]:
        decoding = self._decoding
        how: dict[str, Any] = {"beam_size": decoding.beams}
        if decoding.diversity:
            how = {"beam_size": 1, "return_alternatives": True}
        found: list[Any] = self._model.translate_batch(
            sources,
            num_hypotheses=decoding.beams,
            max_batch_size=decoding.batch_size,
            max_decoding_length=decoding.max_new_tokens,
            **how,
        )
        return found

    def _scored(self, sources: Sequence[Sequence[str]], sequences: Sequence[Sequence[str]]) -> list[Any]:
        found: list[Any] = self._model.score_batch(sources, sequences, max_batch_size=self._decoding.batch_size)
        return found

    def _read(self, pieces: Sequence[str], chances: Sequence[float]) -> Written:
        # Scoring ends every sequence, also one that was cut off for its length.
        length = min(len(pieces), self._decoding.max_new_tokens)
        return read(self._pieces, [self._pieces.id(piece) for piece in pieces[:length]], chances[:length])


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

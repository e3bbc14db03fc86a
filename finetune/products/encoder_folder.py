"""Write the encoder with trained layers as a folder that any program can load."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from index.atomic import replace_folder
from index.encoders.weight_changes import apply_changes, write_changes

_WEIGHTS = "model.safetensors"


def write_layers(base: Path, layers: Mapping[str, np.ndarray], first: int, path: Path) -> None:
    """Write the changes of the layers; `layers` has their tensors as "0.output.dense.weight", from layer `first` on."""
    from safetensors.numpy import load_file

    after = {f"encoder.layer.{_shifted(name, first)}": tensor for name, tensor in layers.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_changes(load_file(base / _WEIGHTS), after, path)


def write_encoder(base: Path, changes: Path, folder: Path) -> None:
    """Write a copy of the base with the changes; an existing folder is replaced."""
    from safetensors.numpy import load_file, save_file

    with replace_folder(folder) as building:
        shutil.copytree(base, building, dirs_exist_ok=True)
        save_file(apply_changes(load_file(base / _WEIGHTS), changes), building / _WEIGHTS)


def _shifted(name: str, first: int) -> str:
    number, _, rest = name.partition(".")
    return f"{int(number) + first}.{rest}"

"""Find a generator's base model, and check that an adapter fits it.

Training and tagger share this module, so that both find bases by the same names, load them by the same rules and agree
on an adapter's metadata. It imports no model library.
"""

import contextlib
import json
import warnings
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from index.encoders.weights import Packaged, Weights, WeightsSettings, find
from index.errors import MissingArtifact, OutOfMemory, StaleArtifact
from index.messages import Message, mark
from tagger.generation.prompt import PROMPT_VERSION

T5_PRODUCTS = "tagweave/t5-products"
PACKAGED: Mapping[str, Packaged] = {T5_PRODUCTS: lambda cache: Path(__file__).parents[1] / "weights" / "t5-products"}

# How transformers loads a base: only from its folder, and without running code from it.
READING: Mapping[str, Any] = {"local_files_only": True, "trust_remote_code": False}

ABOUT = "about.json"
TRAINING = "training.json"
WEIGHTS = "adapter_model.safetensors"
_WAY_OUT = "run: tagweave finetune STORE"


def find_base(name: str, settings: WeightsSettings) -> Weights:
    """Find a base by its packaged name, folder or hub id.

    Raises `MissingArtifact` if there is none, `StaleArtifact` if it is one of ours and was trained on another prompt
    version.
    """
    base = find(name, settings, PACKAGED)
    path = base.folder / TRAINING
    if path.is_file() and (trained_on := _read(path).get("prompt_version")) != PROMPT_VERSION:
        raise StaleArtifact("base.prompt-version", name=name, found=trained_on, expected=PROMPT_VERSION)
    return base


def about_adapter(base: Weights, settings: Mapping[str, Any], figures: Mapping[str, Any]) -> dict[str, Any]:
    """Return an adapter's metadata: its base, prompt version, training settings and evaluation figures."""
    return {
        "prompt_version": PROMPT_VERSION,
        # An absolute path, so that the base is found from any working directory.
        "base": str(base.folder.resolve()) if base.source == "folder" else base.name,
        "base_fingerprint": base.fingerprint(),
        "settings": dict(settings),
        "figures": dict(figures),
    }


def base_name(adapter: Path | None) -> str:
    """Return the name of the base that an adapter was trained on, or of the packaged base if `adapter` is None.

    Raises `MissingArtifact` for a folder without an adapter.
    """
    return T5_PRODUCTS if adapter is None else str(_about(adapter).get("base"))


def check_adapter(folder: Path, base: Weights) -> None:
    """Check that an adapter was trained on this base and this prompt version.

    Raises `MissingArtifact` for a folder without an adapter, `StaleArtifact` if it does not fit.
    """
    about = _about(folder)
    if about.get("base_fingerprint") != base.fingerprint():
        raise StaleArtifact(
            "adapter.other-base",
            folder=folder,
            trained_on=about.get("base"),
            fingerprint=about.get("base_fingerprint"),
            base=base.name,
            found=base.fingerprint(),
        )
    if about.get("prompt_version") != PROMPT_VERSION:
        raise StaleArtifact(
            "adapter.prompt-version", folder=folder, found=about.get("prompt_version"), expected=PROMPT_VERSION
        )


@contextlib.contextmanager
def reading(what: str, folder: Path) -> Iterator[None]:
    """Turn any exception that a library raises for a damaged folder into `StaleArtifact`, except `MemoryError`."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:
        raise StaleArtifact(
            "model.cannot-load", what=Message(what), folder=folder, reason=_first_line(error)
        ) from error


@contextlib.contextmanager
def enough_memory(way_out: Message) -> Iterator[None]:
    """Turn out-of-memory errors of torch, CTranslate2 and Python into `OutOfMemory`."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        # torch's out-of-memory error for a GPU is a RuntimeError; for a CPU only the message identifies it.
        if isinstance(error, MemoryError) or "out of memory" in str(error).lower() or "allocate" in str(error).lower():
            raise OutOfMemory("model.out-of-memory", reason=_first_line(error), way_out=way_out) from error
        raise


@contextlib.contextmanager
def wrapping() -> Iterator[None]:
    """Suppress a deprecation warning of transformers 5.23 that peft 0.21 triggers when it wraps a model."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "`is_gradient_checkpointing` is deprecated", FutureWarning)
        yield


def _about(folder: Path) -> dict[str, Any]:
    for path in (folder / ABOUT, folder / WEIGHTS):
        if not path.is_file():
            raise MissingArtifact("adapter.missing", folder=folder, file=path.name)
    return _read(folder / ABOUT)


def _read(path: Path) -> dict[str, Any]:
    with reading(mark("model.description"), path):
        read = json.loads(path.read_text("utf-8"))
        if not isinstance(read, dict):
            raise ValueError("not a JSON object")
        return read


def _first_line(error: Exception) -> str:
    return (str(error).strip() or type(error).__name__).splitlines()[0]

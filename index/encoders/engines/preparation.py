"""Choose the engine of a model: prepare its graph once, check it on this machine, and keep the outcome.

What is prepared is kept in the user's cache folder, one folder for each model and runtime. The outcome of the check is
kept there for each machine, since a folder may be copied to another: to the next start it costs nothing.
"""

import json
import logging
import shutil
import threading
import weakref
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from index.atomic import new_folder, write_text
from index.encoders.engines import checking, tokenization
from index.encoders.engines.architecture import Architecture, Tensors, identify, read_architecture
from index.encoders.engines.base import Arithmetic, Engine
from index.encoders.engines.graph_engine import GraphEngine
from index.encoders.engines.onnx_graph import write_graph
from index.encoders.engines.runtimes import (
    RuntimeName,
    arithmetic_of,
    is_installed,
    load_runtime,
    machine,
    store_graph,
    version,
)
from index.encoders.weights import Weights
from index.errors import BadSetting
from index.libraries.zero_gpu import is_lent

log = logging.getLogger(__name__)

EngineName = Literal["auto", "openvino", "onnxruntime", "torch"]

_RUNTIMES: tuple[RuntimeName, ...] = ("openvino", "onnxruntime")
# Changes with everything that is prepared.
_FORMAT = 2
# Devices of NVIDIA's, AMD's and Windows' drivers: without one of them torch need not be loaded to look for a GPU.
_GPU_DEVICES = (Path("/dev/nvidiactl"), Path("/dev/kfd"), Path("/dev/dxg"))

_lock = threading.Lock()
# A process with several stores reads a model once.
_loaded: "weakref.WeakValueDictionary[tuple[Path, str, EngineSettings], Engine]" = weakref.WeakValueDictionary()


@dataclass(frozen=True)
class EngineSettings:
    """How vectors are computed; `cache` is the folder for what is prepared, 0 threads mean one for each core."""

    cache: Path
    engine: EngineName = "auto"
    arithmetic: Arithmetic | Literal["auto"] = "auto"
    device: str = ""
    batch_size: int = 32
    max_tokens: int = 256
    threads: int = 0


def load_engine(found: Weights, settings: EngineSettings) -> Engine:
    """Load the engine that the settings name; "auto" takes the first that passes its check, and torch for a GPU.

    While an engine is in use, another call for the same model and settings returns the same one. Raises `BadSetting` if
    the engine cannot run this model, `StaleArtifact` if the weights are damaged.
    """
    key = (found.folder, found.fingerprint(), settings)
    with _lock:
        engine = _loaded.get(key)
        if engine is None:
            engine = _loaded[key] = _load_engine(found, settings)
        return engine


def _load_engine(found: Weights, settings: EngineSettings) -> Engine:
    if settings.engine == "torch" or (settings.engine == "auto" and _wants_torch(settings.device)):
        return _torch(found, settings)
    architecture = read_architecture(found.folder)
    for name in _RUNTIMES if settings.engine == "auto" else (settings.engine,):
        if architecture and is_installed(name):
            for arithmetic in _arithmetics(name, settings):
                if engine := _checked(name, arithmetic, found, architecture, settings):
                    return engine
    if settings.engine != "auto":
        raise BadSetting("encoder.engine", engine=settings.engine, model=found.name)
    log.warning("the vectors of %s are computed with torch: no faster engine is installed that can", found.name)
    return _torch(found, settings)


def _wants_torch(device: str) -> bool:
    """Tell whether there is a device other than the CPU to compute on."""
    if device or is_lent():
        return device not in ("", "cpu")
    if not any(path.exists() for path in _GPU_DEVICES):
        return False
    from index.encoders.engines.torch_engine import has_gpu

    return has_gpu()


def _torch(found: Weights, settings: EngineSettings) -> Engine:
    from index.encoders.engines.torch_engine import TorchEngine

    return TorchEngine(found, device=settings.device, batch_size=settings.batch_size, max_tokens=settings.max_tokens)


def _arithmetics(name: RuntimeName, settings: EngineSettings) -> list[Arithmetic]:
    """Return what to try in turn: if the faster arithmetic fails its check, the exact one."""
    first = arithmetic_of(name, settings.arithmetic)
    return [first] if first == "float32" or settings.arithmetic != "auto" else [first, "float32"]


def _checked(
    name: RuntimeName,
    arithmetic: Arithmetic,
    found: Weights,
    architecture: Architecture,
    settings: EngineSettings,
) -> Engine | None:
    """Load an engine and check it, unless this machine has checked it before; return None if it fails."""
    folder = _prepared(name, arithmetic, found, architecture, settings.cache)
    outcomes = folder / "checked.json"
    key = machine(name)
    known = _read(outcomes).get(key)
    if known is not None and not known["passed"]:
        return None
    try:
        engine = _load(name, arithmetic, found, architecture, folder, settings)
    except Exception as error:
        # The libraries raise errors of their own for a damaged file.
        log.warning("%s is damaged and will be made again: %s", folder, error)
        shutil.rmtree(folder, ignore_errors=True)
        folder, known = _prepared(name, arithmetic, found, architecture, settings.cache), None
        engine = _load(name, arithmetic, found, architecture, folder, settings)
    if known is None:
        reference = checking.reference_of(identify(found, architecture.pooling), lambda: _torch(found, settings))
        outcome = checking.check(engine, reference)
        report = f"{name} in {engine.arithmetic} for {found.name}"
        log.log(
            logging.INFO if outcome.passed else logging.WARNING,
            "%s against torch: lowest cosine %.5f, same neighbours %.2f, alone and in a batch within %.1g: %s",
            *(report, outcome.cosine, outcome.same_neighbour, outcome.alone, "used" if outcome.passed else "not used"),
        )
        _keep(outcomes, key, {**outcome.as_dict(), "passed": outcome.passed})
        if not outcome.passed:
            return None
    return engine


def _prepared(
    name: RuntimeName, arithmetic: Arithmetic, found: Weights, architecture: Architecture, cache: Path
) -> Path:
    """Return the folder with the model's graph and tokenizer in the form for this runtime; make it if necessary."""
    folder = cache / f"encoder-{identify(found, architecture.pooling)}-{name}-{arithmetic}-{_FORMAT}"
    if not folder.is_dir():
        log.info("preparing %s for %s %s, once", found.name, name, version(name))
        tensors = Tensors(found.folder, architecture)
        with new_folder(folder) as building:
            tokenization.prepare(found.folder, building)
            written = building / "written.onnx"
            write_graph(architecture, tensors, written)
            # In float32, products with 16-bit weights take a third more time.
            store_graph(name, written, building, half=tensors.is_half() and arithmetic == "bfloat16")
            written.unlink(missing_ok=True)
    return folder


def _load(
    name: RuntimeName,
    arithmetic: Arithmetic,
    found: Weights,
    architecture: Architecture,
    folder: Path,
    settings: EngineSettings,
) -> Engine:
    # Both take a good part of a second in libraries that leave Python free.
    with ThreadPoolExecutor(1) as aside:
        tokenizer = aside.submit(tokenization.load_tokenizer, found.folder, folder)
        runtime = load_runtime(name, folder, arithmetic, settings.threads)
    return GraphEngine(
        name,
        architecture,
        Tensors(found.folder, architecture),
        tokenizer.result(),
        runtime,
        batch_size=settings.batch_size,
        max_tokens=settings.max_tokens,
    )


def _read(outcomes: Path) -> dict[str, Any]:
    try:
        read: dict[str, Any] = json.loads(outcomes.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return read


def _keep(outcomes: Path, key: str, outcome: dict[str, Any]) -> None:
    try:
        write_text(outcomes, json.dumps({**_read(outcomes), key: outcome}, indent=1))
    except OSError as error:
        log.warning("the check is not kept in %s and will be repeated: %s", outcomes, error)

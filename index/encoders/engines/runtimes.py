"""Run an ONNX graph on the CPU: with OpenVINO, or with ONNX Runtime where OpenVINO is missing.

Both are given whole groups of texts of one padded length. Their matrix kernels then compute a row in the same way,
however many rows there are.
"""

import importlib.util
import logging
import os
import platform
from functools import cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
import numpy.typing as npt

from index.encoders.engines.base import Arithmetic
from index.encoders.engines.onnx_graph import INPUTS
from index.libraries.partial_import import hiding
from index.vectors.base import Matrix

log = logging.getLogger(__name__)

RuntimeName = Literal["openvino", "onnxruntime"]

_CONVERTER = "convert_model"
_GRAPHS = {"openvino": "graph.xml", "onnxruntime": "graph.onnx"}


class Runtime(Protocol):
    """A graph that is ready to run."""

    @property
    def arithmetic(self) -> Arithmetic:
        """Return the number format of the matrix products."""

    def run(self, embeddings: Matrix, mask: Matrix) -> Matrix:
        """Return the pooled rows, (n, hidden), of embeddings (n, pieces, hidden) and a mask (n, pieces)."""


def is_installed(name: RuntimeName) -> bool:
    """Tell whether the library is there."""
    return importlib.util.find_spec(name) is not None


def version(name: RuntimeName) -> str:
    """Return the library's version."""
    from importlib.metadata import version as installed

    return installed(name)


def _openvino() -> Any:
    """Import OpenVINO without its model converter, which takes half of the time and loads a telemetry client.

    Others find the converter in its place when they ask for it.
    """
    with hiding("openvino.tools"):
        import openvino
    if _CONVERTER not in vars(openvino):
        vars(openvino)["__getattr__"] = _late_attribute
    return openvino


def _late_attribute(name: str) -> Any:
    if name != _CONVERTER:
        raise AttributeError(f"module 'openvino' has no attribute {name!r}", name=name)
    from openvino.tools.ovc import convert_model

    return convert_model


def machine(name: RuntimeName) -> str:
    """Identify the library's version and the processor: with another one the results may differ."""
    processor = " ".join(_processor()) if name == "openvino" else platform.processor() or platform.machine()
    return f"{name} {version(name)}, {processor}"


@cache
def _processor() -> tuple[str, ...]:
    """Return the processor's name, then what OpenVINO can compute with on it, in order."""
    core = _openvino().Core()
    abilities = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
    return core.get_property("CPU", "FULL_DEVICE_NAME"), *sorted(abilities)


def store_graph(name: RuntimeName, written: Path, folder: Path, *, half: bool) -> None:
    """Store the graph in the form that this runtime loads fastest; with `half`, constants as 16-bit floats."""
    if name == "onnxruntime":
        written.rename(folder / _GRAPHS[name])
        return
    openvino = _openvino()
    openvino.save_model(openvino.Core().read_model(written), folder / _GRAPHS[name], compress_to_fp16=half)


def arithmetic_of(name: RuntimeName, wanted: Arithmetic | Literal["auto"]) -> Arithmetic:
    """Return the arithmetic to use: bfloat16 only if the processor computes with it, since otherwise it is slower."""
    if name != "openvino" or wanted == "float32":
        return "float32"
    return "bfloat16" if "BF16" in _processor()[1:] else "float32"


def load_runtime(name: RuntimeName, folder: Path, arithmetic: Arithmetic, threads: int) -> Runtime:
    """Load the graph that `store_graph` stored; 0 threads mean one for each core."""
    if name == "onnxruntime":
        return _OnnxRuntime(folder / _GRAPHS[name], threads)
    return _OpenVino(folder / _GRAPHS[name], arithmetic, threads)


class _OpenVino:
    """OpenVINO in either arithmetic."""

    def __init__(self, graph: Path, arithmetic: Arithmetic, threads: int) -> None:
        core = _openvino().Core()
        self.arithmetic: Arithmetic = arithmetic
        options = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": "bf16" if self.arithmetic == "bfloat16" else "f32",
            "INFERENCE_NUM_THREADS": threads,
            # The compiled graph is kept beside the graph: it loads in half the time. OpenVINO takes graphs compiled
            # for two arithmetics for one another, so each needs a folder of its own.
            "CACHE_DIR": str(graph.parent) if os.access(graph.parent, os.W_OK) else "",
        }
        # The request does not keep what it computes with.
        self._core, self._compiled = core, core.compile_model(graph, "CPU", options)
        self._request = self._compiled.create_infer_request()

    def run(self, embeddings: Matrix, mask: Matrix) -> Matrix:
        """Return the pooled rows, (n, hidden), of embeddings (n, pieces, hidden) and a mask (n, pieces)."""
        inputs = dict(zip(INPUTS, (embeddings, mask), strict=True))
        found = self._request.infer(inputs, share_inputs=True)
        return np.asarray(next(iter(found.values())), np.float32)


class _OnnxRuntime:
    """ONNX Runtime, which computes in float32 on every CPU."""

    arithmetic: Arithmetic = "float32"

    def __init__(self, graph: Path, threads: int) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Memory of the largest batch would be kept for good.
        options.enable_cpu_mem_arena = False
        self._session: Any = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])

    def run(self, embeddings: Matrix, mask: Matrix) -> Matrix:
        """Return the pooled rows, (n, hidden), of embeddings (n, pieces, hidden) and a mask (n, pieces)."""
        inputs: dict[str, npt.NDArray[Any]] = dict(zip(INPUTS, (embeddings, mask), strict=True))
        pooled: Matrix = self._session.run(None, inputs)[0]
        return pooled

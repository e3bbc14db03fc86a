"""Write networks as ONNX graphs, and run them without torch."""

import io
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

_OPSET = 17
Array = npt.NDArray[np.generic]


def export_graph(
    model: "torch.nn.Module",
    example: Sequence["torch.Tensor"],
    inputs: Mapping[str, Sequence[str]],
    outputs: Mapping[str, Sequence[str]],
) -> bytes:
    """Return a network as an ONNX graph; inputs and outputs are given with the names of their dimensions.

    A dimension without a name has the fixed size of the example's.
    """
    import torch

    # The stubs of torch know files only.
    built: Any = io.BytesIO()
    axes = {
        name: {place: each for place, each in enumerate(dims) if each} for name, dims in {**inputs, **outputs}.items()
    }
    with warnings.catch_warnings():
        # The other exporter needs onnxscript; this one says that it is the older of the two.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            model.eval().float(),
            tuple(example),
            built,
            input_names=list(inputs),
            output_names=list(outputs),
            dynamic_axes=axes,
            opset_version=_OPSET,
            dynamo=False,
        )
    content: bytes = built.getvalue()
    return content


class Graph:
    """A graph that is ready to run; the library is loaded with the first call."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self._session: Any = None

    def run(self, **inputs: Array) -> list[npt.NDArray[Any]]:
        """Return the outputs in their order."""
        if self._session is None:
            import onnxruntime

            options = onnxruntime.SessionOptions()
            options.log_severity_level = 3
            self._session = onnxruntime.InferenceSession(self.content, options, providers=["CPUExecutionProvider"])
        found: list[npt.NDArray[Any]] = self._session.run(None, inputs)
        return found

    def save(self, path: Path) -> None:
        """Write the graph."""
        path.write_bytes(self.content)

    @classmethod
    def load(cls, path: Path) -> "Graph":
        """Read what `save` wrote."""
        return cls(path.read_bytes())

"""Build the ONNX graph of a BERT encoder from its weights.

The layers are those of Devlin et al. (2019, arXiv:1810.04805) in the operators of ONNX's opset 20. The tables of
embeddings stay outside: a table of 250,000 pieces would be most of the graph, and a text needs only a few rows of it.
"""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from index.encoders.engines.architecture import Architecture, Tensors

_OPSET = 20
# Added to the attention logits of padding: far below any logit, and finite in bfloat16.
_MASKED = -10_000.0

INPUTS = ("embeddings", "mask")


def write_graph(architecture: Architecture, tensors: Tensors, path: Path) -> None:
    """Write the graph: from embeddings, (n, pieces, hidden), and a mask, (n, pieces), to pooled rows, (n, hidden).

    The mask is 1 for pieces and 0 for padding. The rows are not normalised.
    """
    import onnx

    onnx.save(_Builder(architecture, tensors).model(), path)


class _Builder:
    """Collects the nodes and constants of one graph; methods take and return names of values."""

    def __init__(self, architecture: Architecture, tensors: Tensors) -> None:
        self.architecture = architecture
        self.tensors = tensors
        self.nodes: list[Any] = []
        self.constants: dict[str, npt.NDArray[Any]] = {}

    def model(self) -> Any:
        from onnx import TensorProto, helper, numpy_helper

        states = self.normalised("embeddings", "embeddings.LayerNorm")
        bias = self.attention_bias()
        for number in range(self.architecture.layers):
            states = self.layer(states, bias, f"encoder.layer.{number}")
        pooled = self.pooled(states)
        hidden = self.architecture.hidden
        shapes: dict[str, list[str | int | None]] = {"embeddings": ["n", "pieces", hidden], "mask": ["n", "pieces"]}
        graph = helper.make_graph(
            self.nodes,
            "encoder",
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, shapes[name]) for name in INPUTS],
            [helper.make_tensor_value_info(pooled, TensorProto.FLOAT, ["n", hidden])],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=9)

    def node(self, kind: str, *inputs: str, **attributes: Any) -> str:
        [output] = self.outputs(kind, 1, *inputs, **attributes)
        return output

    def outputs(self, kind: str, count: int, *inputs: str, **attributes: Any) -> list[str]:
        """Add a node with several outputs."""
        from onnx import helper

        outputs = [f"{kind}.{len(self.nodes)}.{number}" for number in range(count)]
        self.nodes.append(helper.make_node(kind, list(inputs), outputs, **attributes))
        return outputs

    def constant(self, name: str, values: npt.ArrayLike, dtype: type = np.float32) -> str:
        self.constants.setdefault(name, np.asarray(values, dtype, order="C"))
        return name

    def integers(self, name: str, *values: int) -> str:
        return self.constant(name, values, np.int64)

    def weight(self, name: str) -> str:
        return self.constant(name, self.tensors[name])

    def normalised(self, states: str, name: str) -> str:
        weight, bias = self.weight(f"{name}.weight"), self.weight(f"{name}.bias")
        return self.node("LayerNormalization", states, weight, bias, axis=-1, epsilon=self.architecture.epsilon)

    def dense(self, states: str, name: str) -> str:
        weight = self.constant(f"{name}.weight", self.tensors[f"{name}.weight"].T)
        return self.node("Add", self.node("MatMul", states, weight), self.weight(f"{name}.bias"))

    def attention_bias(self) -> str:
        """Return what is added to attention logits, (n, 1, 1, pieces): 0 for pieces, `_MASKED` for padding."""
        padding = self.node("Sub", self.constant("one", 1.0), "mask")
        return self.node(
            "Unsqueeze", self.node("Mul", padding, self.constant("masked", _MASKED)), self.integers("axes 1, 2", 1, 2)
        )

    def layer(self, states: str, bias: str, name: str) -> str:
        attended = self.dense(self.attention(states, bias, f"{name}.attention.self"), f"{name}.attention.output.dense")
        states = self.normalised(self.node("Add", attended, states), f"{name}.attention.output.LayerNorm")
        inner = self.node("Gelu", self.dense(states, f"{name}.intermediate.dense"))
        outer = self.dense(inner, f"{name}.output.dense")
        return self.normalised(self.node("Add", outer, states), f"{name}.output.LayerNorm")

    def attention(self, states: str, bias: str, name: str) -> str:
        query, key, value = self.by_head(states, name)
        logits = self.node("MatMul", query, self.node("Transpose", key, perm=[0, 1, 3, 2]))
        shares = self.node("Softmax", self.node("Add", logits, bias), axis=-1)
        mixed = self.node("Transpose", self.node("MatMul", shares, value), perm=[0, 2, 1, 3])
        return self.node("Reshape", mixed, self.integers("joined", 0, 0, self.architecture.hidden))

    def by_head(self, states: str, name: str) -> list[str]:
        """Return query, key and value, (n, heads, pieces, width) each, from one product: it is faster than three.

        The scale of the attention logits is part of the query's weights.
        """
        heads = self.architecture.heads
        width = self.architecture.hidden // heads
        scales = {"query": np.float32(width**-0.5), "key": np.float32(1), "value": np.float32(1)}
        weight, bias = (
            self.constant(
                f"{name}.{kind}",
                np.concatenate([self.tensors[f"{name}.{part}.{kind}"] * scale for part, scale in scales.items()]).T,
            )
            for kind in ("weight", "bias")
        )
        joined = self.node("Add", self.node("MatMul", states, weight), bias)
        shape = self.integers("by head", 0, 0, len(scales) * heads, width)
        by_head = self.node("Transpose", self.node("Reshape", joined, shape), perm=[0, 2, 1, 3])
        return self.outputs("Split", len(scales), by_head, axis=1, num_outputs=len(scales))

    def pooled(self, states: str) -> str:
        if self.architecture.pooling == "cls":
            first = self.constant("first", 0, np.int64)
            return self.node("Gather", states, first, axis=1)
        weights = self.node("Unsqueeze", "mask", self.integers("axis 2", 2))
        # The mean has the direction of the sum.
        return self.node("ReduceSum", self.node("Mul", states, weights), self.integers("axis 1", 1), keepdims=0)

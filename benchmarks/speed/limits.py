"""What the machine allows: matrix products at the encoder's shapes and memory bandwidth, and the encoder's share."""

import json
import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from benchmarks.main_job import WORK
from benchmarks.speed.material import default_weights, mixed_texts
from benchmarks.speed.timing import alternate, seconds_of
from index.encoders.engines.architecture import Architecture, read_architecture
from index.encoders.engines.tokenization import load_tokenizer
from index.encoders.sentence_encoder import create
from index.encoders.weights import WeightsSettings

# A batch of 32 texts of 64 pieces.
_ROWS = 2048
_REPEATS = 15
_TEXTS, _SINGLE, _ENCODINGS = 800, 100, 3
_MAX_TOKENS = 256
_MEBIBYTES = 256
_COPIES = 7


def measure() -> dict[str, Any]:
    """Measure the limits, then the encoder in the same process."""
    folder = default_weights().folder
    architecture = read_architecture(folder)
    assert architecture is not None
    inner = json.loads((folder / "config.json").read_text("utf-8"))["intermediate_size"]
    products = _matrix_products(architecture, inner)
    bandwidth = {"one thread": _bandwidth(1), "one thread per core": _bandwidth(os.cpu_count() or 1)}
    return {
        "gflops": products,
        "gigabytes_per_second": bandwidth,
        "encoder": _encoder(folder, architecture, inner, max(products.values()), max(bandwidth.values())),
    }


def operations(pieces: int, *, hidden: int, layers: int, inner: int) -> int:
    """Return the floating-point operations of the matrix products for one text; an addition counts like a product."""
    projections = 4 * pieces * hidden * hidden
    attention = 2 * pieces * pieces * hidden
    feed_forward = 2 * pieces * hidden * inner
    return 2 * layers * (projections + attention + feed_forward)


def _encoder(folder: Path, sizes: Architecture, inner: int, gflops: float, bandwidth: float) -> dict[str, Any]:
    texts = mixed_texts(_TEXTS)
    encoder = create(WeightsSettings(WORK / "cache"), max_tokens=_MAX_TOKENS)
    encoder.encode(texts)
    counts = [len(each) for each in load_tokenizer(folder, folder).pieces([f"query: {t}" for t in texts], _MAX_TOKENS)]
    work = [operations(count, hidden=sizes.hidden, layers=sizes.layers, inner=inner) for count in counts]
    spent = median(seconds_of(partial(encoder.encode, texts)) for _ in range(_ENCODINGS))
    single = [seconds_of(partial(encoder.encode, [text])) for text in texts[:_SINGLE]]
    weights = sizes.layers * (4 * sizes.hidden**2 + 2 * sizes.hidden * inner)
    read = weights * (2 if encoder.arithmetic == "bfloat16" else 4)
    return {
        "engine": encoder.engine,
        "texts": len(texts),
        "pieces": sum(counts),
        "gigaflop": sum(work) / 1e9,
        "gflops": sum(work) / 1e9 / spent,
        "share_of_products": sum(work) / 1e9 / spent / gflops,
        "one_gflops": median(each / 1e9 / seconds for each, seconds in zip(work, single, strict=False)),
        "one_ms": 1000 * median(single),
        "ms_to_read_the_weights": read / 1e6 / bandwidth,
    }


def _matrix_products(sizes: Architecture, inner: int) -> dict[str, float]:
    """Return GFLOP/s in each library: the feed-forward products of all layers, with nothing between them."""
    rng = np.random.default_rng(0)
    widths = [sizes.hidden, *(inner, sizes.hidden) * sizes.layers]
    weights = [rng.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[0])) for shape in pairwise(widths)]
    rows = rng.standard_normal((_ROWS, sizes.hidden), np.float32)
    chains: dict[str, Callable[[Any], Any]] = {"NumPy float32": _chain(rows, weights)}
    chains |= _in_torch(rows, weights) | _in_openvino(rows, weights)
    for run in chains.values():
        run(None)
    spent = alternate(chains, [None] * _REPEATS)
    work = 2 * _ROWS * sum(first * second for first, second in pairwise(widths)) / 1e9
    return {name: work / seconds for name, seconds in spent.items()}


def _multiply(rows: Any, weights: Sequence[Any]) -> Any:
    for each in weights:
        rows = rows @ each
    return rows


def _chain(rows: Any, weights: Sequence[Any]) -> Callable[[Any], Any]:
    return lambda _: _multiply(rows, weights)


def _in_torch(rows: Any, weights: Sequence[Any]) -> dict[str, Callable[[Any], Any]]:
    import torch

    chains: dict[str, Callable[[Any], Any]] = {}
    for kind in (torch.float32, torch.bfloat16):
        first, *others = (torch.from_numpy(each).to(kind) for each in (rows, *weights))
        name = f"torch {str(kind).removeprefix('torch.')}"
        chains[name] = _chain(first, others)
    return chains


def _in_openvino(rows: Any, weights: Sequence[Any]) -> dict[str, Callable[[Any], Any]]:
    import openvino
    from openvino import opset13

    entry = opset13.parameter(rows.shape, np.float32)
    last = entry
    for each in weights:
        last = opset13.matmul(last, opset13.constant(each), transpose_a=False, transpose_b=False)
    chains: dict[str, Callable[[Any], Any]] = {}
    for precision, name in (("f32", "float32"), ("bf16", "bfloat16")):
        options = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision}
        request = openvino.compile_model(openvino.Model([last], [entry]), "CPU", options).create_infer_request()
        chains[f"OpenVINO {name}"] = partial(_infer, request, rows)
    return chains


def _infer(request: Any, rows: Any, _: object) -> Any:
    return request.infer([rows], share_inputs=True)


def _bandwidth(threads: int) -> float:
    """Return the gigabytes read and written per second when large arrays are copied, as in STREAM's "copy"."""
    source = [np.ones(_MEBIBYTES * 2**20 // 8 // threads) for _ in range(threads)]
    target = [np.zeros_like(each) for each in source]
    spent = []
    with ThreadPoolExecutor(threads) as pool:
        for _ in range(_COPIES):
            start = time.perf_counter()
            list(pool.map(np.copyto, target, source))
            spent.append(time.perf_counter() - start)
    return 2 * sum(each.nbytes for each in source) / 1e9 / median(spent)

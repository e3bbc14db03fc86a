"""Our encoder against bare sentence-transformers with the same weights, on all instructions and on AVX2 alone."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.main_job import ROOT, WORK
from benchmarks.speed.material import default_weights, mixed_texts
from benchmarks.speed.timing import Medians, alternate
from index.encoders.sentence_encoder import create
from index.encoders.weights import WeightsSettings
from index.vectors.base import Matrix

BARE = "sentence-transformers"
OURS = "tagweave"
_TEXTS = 800
_SINGLE = 100
_REPEATS = 3
_WARM = 64
_MAX_TOKENS = 256
# oneDNN's limit is for OpenVINO and for torch, the other two are for torch and MKL.
_AVX2 = {"ONEDNN_MAX_CPU_ISA": "AVX2", "ATEN_CPU_CAPABILITY": "avx2", "MKL_ENABLE_INSTRUCTIONS": "AVX2"}

Encode = Callable[[Sequence[str]], Any]


def measure() -> dict[str, Any]:
    """Measure on all instructions and, in another process, on AVX2 alone."""
    command = [sys.executable, "-m", "benchmarks.speed.encoder", str(_TEXTS), str(_SINGLE)]
    limited = subprocess.run(
        command, cwd=ROOT, env={**os.environ, **_AVX2}, stdout=subprocess.PIPE, text=True, check=True
    )
    kinds = {OURS: {}, "openvino float32": {"engine": "openvino", "arithmetic": "float32"}}
    kinds["onnxruntime"] = {"engine": "onnxruntime"}
    return {"full": compare(kinds, mixed_texts(_TEXTS), _SINGLE), "avx2": json.loads(limited.stdout.splitlines()[-1])}


def compare(kinds: Mapping[str, Mapping[str, Any]], texts: Sequence[str], single: int) -> dict[str, Any]:
    """Time our encoder with each of these settings, and sentence-transformers, on all texts and on one."""
    settings = WeightsSettings(WORK / "cache")
    ours = {name: create(settings, max_tokens=_MAX_TOKENS, **options) for name, options in kinds.items()}
    encoders: dict[str, Encode] = {name: each.encode for name, each in ours.items()} | {BARE: _bare()}
    for encode in encoders.values():
        encode(texts[:_WARM])
    batch, vectors = _timed(encoders, [texts] * _REPEATS)
    one, alone = _timed(encoders, [[text] for text in texts[:single]])
    return {
        "texts": len(texts),
        "single": single,
        "engines": {
            name: {
                "engine": ours[name].engine if name in ours else "torch float32",
                "texts_per_second": len(texts) / batch[name],
                "one_ms": 1000 * one[name],
                "batch_ratio": batch[BARE] / batch[name],
                "one_ratio": one[BARE] / one[name],
                "alone_and_in_batch": float(np.abs(np.concatenate(alone[name]) - vectors[name][-1][:single]).max()),
                "lowest_cosine": float((vectors[name][-1] * vectors[BARE][-1]).sum(axis=1).min()),
            }
            for name in encoders
        },
    }


def _timed(encoders: Mapping[str, Encode], items: Sequence[Sequence[str]]) -> tuple[Medians, dict[str, list[Matrix]]]:
    """Return the median seconds and the vectors of every call."""
    vectors: dict[str, list[Matrix]] = {name: [] for name in encoders}

    def run(name: str, texts: Sequence[str]) -> None:
        vectors[name].append(np.asarray(encoders[name](texts)))

    return alternate({name: partial(run, name) for name in encoders}, items), vectors


def _bare() -> Encode:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(default_weights().folder), device="cpu")
    model.max_seq_length = _MAX_TOKENS
    return lambda texts: model.encode(
        [f"query: {text}" for text in texts], batch_size=32, normalize_embeddings=True, show_progress_bar=False
    )


if __name__ == "__main__":
    texts, single = map(int, sys.argv[1:])
    print(json.dumps(compare({OURS: {"engine": "openvino", "arithmetic": "float32"}}, mixed_texts(texts), single)))

"""Every engine computes the vectors that torch computes."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encoders.engines import checking
from index.encoders.engines.architecture import identify
from index.encoders.engines.preparation import EngineSettings, load_engine
from index.encoders.engines.torch_engine import TorchEngine
from index.encoders.weights import Weights, WeightsSettings


@pytest.fixture
def settings(weights_settings: WeightsSettings) -> EngineSettings:
    """The default settings, with the session's cache."""
    return EngineSettings(weights_settings.folder)


@pytest.mark.parametrize(
    ("engine", "arithmetic", "cosine", "same"),
    [
        ("openvino", "float32", 0.99999, 1.0),
        ("onnxruntime", "float32", 0.99999, 1.0),
        ("openvino", "auto", 0.9995, 0.95),
    ],
)
def test_an_engine_agrees_with_the_reference(
    packaged: Weights, settings: EngineSettings, engine: str, arithmetic: str, cosine: float, same: float
) -> None:
    loaded = load_engine(packaged, replace(settings, engine=engine, arithmetic=arithmetic))
    assert loaded.name == engine
    assert arithmetic in ("auto", loaded.arithmetic)
    found = checking.check(loaded, reference(packaged))
    assert found.cosine > cosine
    assert found.same_neighbour >= same
    assert found.alone < 1e-6


def reference(found: Weights) -> checking.Matrix:
    """Return the packaged reference: torch would take seconds."""

    def refuse() -> checking.Engine:
        raise AssertionError("the packaged models have a packaged reference")

    return checking.reference_of(identify(found, "mean"), refuse)


@pytest.mark.slow
def test_the_packaged_reference_is_what_torch_computes(packaged: Weights, tmp_path: Path) -> None:
    torch = TorchEngine(packaged, device="cpu", batch_size=32, max_tokens=256)
    assert np.abs(torch.embed(checking.check_texts()) - reference(packaged)).max() < 1e-3
    checking.write_reference(tmp_path, identify(packaged, "mean"), torch)
    assert [path.name for path in tmp_path.iterdir()] == [f"{identify(packaged, 'mean')}.safetensors"]


@pytest.mark.slow
def test_torch_gives_a_text_nearly_the_same_vector_alone_and_in_a_batch(packaged: Weights) -> None:
    torch = TorchEngine(packaged, device="cpu", batch_size=32, max_tokens=256)
    texts = [f"{'mug 杯子 ' * (n % 9)}{n}" for n in range(30)]
    alone = np.concatenate([torch.embed([text]) for text in texts])
    assert np.abs(alone - torch.embed(texts)).max() < 1e-6


def test_the_built_in_texts_are_in_both_languages_and_of_all_lengths() -> None:
    texts = checking.check_texts()
    chinese = [text for text in texts if any("一" <= character <= "鿿" for character in text)]
    assert 0.3 < len(chinese) / len(texts) < 0.7
    assert len(set(texts)) == len(texts)
    assert min(map(len, texts)) < 5
    assert max(map(len, texts)) > 500

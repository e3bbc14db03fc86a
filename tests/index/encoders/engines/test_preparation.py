"""An engine is prepared and checked once; one that fails its check is not used."""

import json
import logging
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from index.encoders.engines import checking, preparation
from index.encoders.engines.architecture import identify, read_architecture
from index.encoders.engines.graph_engine import GraphEngine
from index.encoders.engines.preparation import EngineSettings, load_engine
from index.encoders.engines.runtimes import machine
from index.encoders.weights import Weights
from index.errors import BadSetting
from index.vectors.base import Matrix

ROOT = Path(__file__).parents[4]
TEXTS = ["Ceramic mug", "马克杯"]


@pytest.fixture
def empty(tmp_path: Path) -> EngineSettings:
    """The default settings, with an empty cache."""
    return EngineSettings(tmp_path / "cache")


@pytest.fixture(scope="session")
def prepared(minilm_weights: Weights, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A cache in which MiniLM is prepared."""
    cache = tmp_path_factory.mktemp("prepared")
    load_engine(minilm_weights, EngineSettings(cache))
    return cache


@pytest.fixture
def settings(prepared: Path, empty: EngineSettings) -> EngineSettings:
    """The default settings, with a cache in which MiniLM is prepared."""
    shutil.copytree(prepared, empty.cache)
    return empty


def outcomes(settings: EngineSettings) -> dict[str, dict[str, float]]:
    """Return the kept outcomes of checks by machine."""
    [path] = settings.cache.glob("encoder-*/checked.json")
    read: dict[str, dict[str, float]] = json.loads(path.read_text())
    return read


def test_a_model_is_prepared_and_checked_once(
    minilm_weights: Weights, empty: EngineSettings, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    first = load_engine(minilm_weights, empty).embed(TEXTS)
    assert [text for text in caplog.messages if text.startswith("preparing ")]
    assert [text for text in caplog.messages if text.endswith(": used")]
    [found] = outcomes(empty).values()
    assert found["passed"]
    assert found["cosine"] > 0.9995
    caplog.clear()
    assert np.array_equal(load_engine(minilm_weights, empty).embed(TEXTS), first)
    assert caplog.messages == []


def test_stores_share_an_engine_while_one_of_them_uses_it(minilm_weights: Weights, settings: EngineSettings) -> None:
    engine = load_engine(minilm_weights, settings)
    assert load_engine(minilm_weights, settings) is engine
    assert load_engine(minilm_weights, replace(settings, batch_size=8)) is not engine


class Shifting:
    """An engine whose rows depend on the size of the batch."""

    def __init__(self, engine: GraphEngine) -> None:
        self.engine = engine

    def embed(self, texts: Sequence[str]) -> Matrix:
        return self.engine.embed(texts) + np.float32(len(texts) * 1e-4)


def test_an_engine_whose_rows_depend_on_the_batch_fails(minilm_weights: Weights, settings: EngineSettings) -> None:
    engine = load_engine(minilm_weights, settings)
    reference = checking.reference_of(identify(minilm_weights, "mean"), lambda: engine)
    assert checking.check(engine, reference).passed
    assert isinstance(engine, GraphEngine)
    found = checking.check(Shifting(engine), reference)  # type: ignore[arg-type]
    assert found.alone == pytest.approx(54e-4, abs=2e-4)
    assert not found.passed


def test_an_engine_with_other_vectors_fails(minilm_weights: Weights, settings: EngineSettings) -> None:
    engine = load_engine(minilm_weights, settings)
    reference = checking.reference_of(identify(minilm_weights, "mean"), lambda: engine)
    assert not checking.check(engine, np.roll(reference, 1, axis=1)).passed


def test_what_failed_on_this_machine_is_not_tried_again(
    minilm_weights: Weights, settings: EngineSettings, caplog: pytest.LogCaptureFixture
) -> None:
    exact = replace(settings, engine="openvino", arithmetic="float32")
    load_engine(minilm_weights, exact)
    fails = json.dumps({machine("openvino"): {"passed": False}})
    for path in settings.cache.glob("encoder-*-bfloat16-*/checked.json"):
        path.write_text(fails)
    assert load_engine(minilm_weights, settings).arithmetic == "float32"
    # Without the exact arithmetic either, the next runtime is taken.
    for path in settings.cache.glob("encoder-*-openvino-*/checked.json"):
        path.write_text(fails)
    assert load_engine(minilm_weights, replace(settings, batch_size=8)).name == "onnxruntime"
    with pytest.raises(BadSetting, match=r"the engine openvino cannot compute the vectors of .*MiniLM"):
        load_engine(minilm_weights, replace(settings, engine="openvino", batch_size=8))


def test_a_damaged_graph_is_made_again(minilm_weights: Weights, settings: EngineSettings) -> None:
    # The files are mapped while they are in use, so they are damaged and read by processes of their own.
    vectors = subprocess_vectors(minilm_weights, settings)
    damaged = [path for name in ("graph.bin", "*.blob") for path in settings.cache.glob(f"encoder-*/{name}")]
    assert len(damaged) >= 2
    for path in damaged:
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:1000])
    assert np.abs(subprocess_vectors(minilm_weights, settings) - vectors).max() < 1e-6


def subprocess_vectors(found: Weights, settings: EngineSettings) -> Matrix:
    """Embed `TEXTS` in a process of its own."""
    code = (
        "import json, sys; from pathlib import Path; from index.encoders.weights import Weights\n"
        "from index.encoders.engines.preparation import EngineSettings, load_engine\n"
        "engine = load_engine(Weights(sys.argv[1], Path(sys.argv[2]), 'folder'), EngineSettings(Path(sys.argv[3])))\n"
        "print(json.dumps(engine.embed(json.loads(sys.argv[4])).tolist()))"
    )
    arguments = [sys.executable, "-c", code, found.name, found.folder, settings.cache, json.dumps(TEXTS)]
    done = subprocess.run([*map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True)
    return np.array(json.loads(done.stdout), np.float32)


def test_openvinos_converter_and_its_telemetry_stay_out_until_someone_asks(
    minilm_weights: Weights, settings: EngineSettings
) -> None:
    code = (
        "import sys; from pathlib import Path; from index.encoders.weights import Weights\n"
        "from index.encoders.engines.preparation import EngineSettings, load_engine\n"
        "load_engine(Weights(sys.argv[1], Path(sys.argv[2]), 'folder'), EngineSettings(Path(sys.argv[3])))\n"
        "print([name for name in sys.modules if name.startswith(('openvino_telemetry', 'openvino.tools'))])\n"
        "import openvino; print(hasattr(openvino, 'no such name'), callable(openvino.convert_model))"
    )
    arguments = [sys.executable, "-c", code, minilm_weights.name, minilm_weights.folder, settings.cache]
    done = subprocess.run([*map(str, arguments)], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False True"]


def test_a_cache_that_cannot_be_written_is_still_read(
    minilm_weights: Weights, settings: EngineSettings, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    vectors = load_engine(minilm_weights, settings).embed(TEXTS)

    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(preparation, "write_text", refuse)
    [path] = settings.cache.glob("encoder-*/checked.json")
    path.unlink()
    assert np.array_equal(load_engine(minilm_weights, replace(settings, batch_size=16)).embed(TEXTS), vectors)
    assert "Permission denied" in caplog.text


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "mpnet"}),
        ("config.json", {"hidden_act": "relu"}),
        ("config.json", {"position_embedding_type": "relative_key"}),
        ("1_Pooling/config.json", {"pooling_mode_max_tokens": True}),
        ("modules.json", [{"path": "", "type": "models.Transformer"}, {"path": "2_Dense", "type": "models.Dense"}]),
    ],
)
def test_a_model_of_another_kind_has_no_graph(
    minilm_weights: Weights, tmp_path: Path, file: str, change: dict[str, object] | list[object]
) -> None:
    folder = copied(minilm_weights, tmp_path / "model")
    path = folder / file
    path.write_text(json.dumps(change if isinstance(change, list) else {**json.loads(path.read_text()), **change}))
    assert read_architecture(folder) is None


@pytest.mark.slow
@pytest.mark.parametrize(
    "pooling", [{"pooling_mode_cls_token": True, "pooling_mode_mean_tokens": False}, {"pooling_mode": "cls"}]
)
def test_the_state_of_the_first_piece_may_be_the_vector(
    minilm_weights: Weights, settings: EngineSettings, tmp_path: Path, pooling: dict[str, object]
) -> None:
    folder = copied(minilm_weights, tmp_path / "model")
    (folder / "1_Pooling" / "config.json").write_text(json.dumps({"word_embedding_dimension": 384, **pooling}))
    found = Weights("own", folder, "folder")
    architecture = read_architecture(folder)
    assert architecture is not None
    assert architecture.pooling == "cls"
    mean = load_engine(minilm_weights, settings).embed(TEXTS)
    other = EngineSettings(tmp_path / "other")
    first = load_engine(found, replace(other, engine="openvino")).embed(TEXTS)
    assert np.abs(first - mean).max() > 0.01
    torch = load_engine(found, replace(other, engine="torch"))
    assert (first * torch.embed(TEXTS)).sum(axis=1).min() > 0.9995


def copied(found: Weights, folder: Path) -> Path:
    """Link a model's files into a folder of its own, and copy its descriptions."""
    for path in found.folder.rglob("*"):
        to = folder / path.relative_to(found.folder)
        to.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".json":
            to.write_bytes(path.read_bytes())
        elif path.is_file():
            to.symlink_to(path)
    return folder


def test_a_gpu_or_a_wish_leads_to_torch(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert not preparation._wants_torch("cpu")
    assert preparation._wants_torch("cuda:0")
    # The driver's device is there, but torch finds no GPU on this machine.
    (tmp_path / "nvidiactl").touch()
    monkeypatch.setattr(preparation, "_GPU_DEVICES", (tmp_path / "nvidiactl",))
    torch = pytest.importorskip("torch")
    assert preparation._wants_torch("") == torch.cuda.is_available()

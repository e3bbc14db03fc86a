import threading
from pathlib import Path

import numpy as np
import pytest

from index.encoders import sentence_encoder as encoder
from index.encoders import weights
from index.encoders.sentence_encoder import SentenceEncoder
from index.encoders.weights import WeightsSettings, find
from index.errors import BadSetting, MissingArtifact, StaleArtifact
from index.vectors.base import Matrix

TEXTS = ["双门冰箱 节能", "mug", "", "A long description of a stainless steel mug. " * 8, "洗衣机", "mug"]


@pytest.fixture(params=["e5", "minilm"])
def either(request: pytest.FixtureRequest) -> SentenceEncoder:
    """Each packaged model."""
    model: SentenceEncoder = request.getfixturevalue(request.param)
    return model


def test_texts_become_unit_rows_in_their_order(either: SentenceEncoder) -> None:
    vectors = either.encode(TEXTS)
    assert vectors.shape == (6, 384)
    assert vectors.dtype == np.float32
    assert either.dim == 384
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(6), abs=1e-5)
    assert vectors[1] == pytest.approx(vectors[5], abs=1e-6)
    assert vectors[1] @ vectors[4] < 0.99


def test_no_texts_become_no_rows(either: SentenceEncoder) -> None:
    assert either.encode([]).shape == (0, 384)


def test_a_text_has_the_same_vector_alone_and_in_any_batch(either: SentenceEncoder) -> None:
    texts = [*TEXTS, *(f"{'mug 杯子 ' * (n % 9)}{n}" for n in range(60))]
    together = either.encode(texts)
    alone = np.concatenate([either.encode([text]) for text in texts])
    assert np.abs(alone - together).max() < 1e-6
    assert np.abs(either.encode(texts[::-1])[::-1] - together).max() < 1e-6


def test_the_batch_size_changes_no_vector(weights_settings: WeightsSettings, minilm: SentenceEncoder) -> None:
    small = encoder.create(weights_settings, model=weights.MINILM, batch_size=1)
    assert small.encode(TEXTS) == pytest.approx(minilm.encode(TEXTS), abs=1e-6)
    assert small.name == minilm.name


def test_spaces_around_a_text_change_nothing(e5: SentenceEncoder) -> None:
    assert np.array_equal(e5.encode([" 马克杯 \n"]), e5.encode(["马克杯"]))


def test_a_prefix_stands_before_every_text(weights_settings: WeightsSettings, minilm: SentenceEncoder) -> None:
    prefixed = encoder.create(weights_settings, model=weights.MINILM, prefix="query: ")
    assert np.array_equal(prefixed.encode(["mug", "cup"]), minilm.encode(["query: mug", "query: cup"]))
    assert prefixed.encode(["mug"])[0] @ minilm.encode(["mug"])[0] < 0.99
    assert prefixed.name == f"{minilm.name}/query: ", "its vectors are others"
    assert encoder.create(weights_settings, model=weights.E5, prefix="query: ").name.endswith("/256")


def test_text_after_the_longest_length_counts_no_more(
    weights_settings: WeightsSettings, minilm: SentenceEncoder
) -> None:
    short = encoder.create(weights_settings, model=weights.MINILM, max_tokens=16)
    start = "one two three four five six seven eight nine ten one two three four"
    assert short.encode([start + " seven"])[0] == pytest.approx(short.encode([start + " eight"])[0], abs=1e-6)
    assert minilm.encode([start + " seven"])[0] != pytest.approx(minilm.encode([start + " eight"])[0], abs=1e-3)
    assert short.name != minilm.name


def test_minilm_knows_no_chinese(minilm: SentenceEncoder) -> None:
    fridge, washer, refrigerator = minilm.encode(["冰箱", "洗衣机", "refrigerator"])
    assert fridge @ washer == pytest.approx(0.958, abs=0.01)
    assert fridge @ refrigerator == pytest.approx(0.106, abs=0.01)


def test_a_name_names_the_model_its_weights_and_its_length(
    minilm: SentenceEncoder, weights_settings: WeightsSettings
) -> None:
    found = find(weights.MINILM, weights_settings)
    assert minilm.name == f"sentence-transformers/all-MiniLM-L6-v2@{found.fingerprint()}/256"


def test_several_threads_may_share_an_encoder(minilm: SentenceEncoder) -> None:
    results: dict[int, Matrix] = {}
    threads = [
        threading.Thread(target=lambda number=number: results.update({number: minilm.encode(TEXTS)}))
        for number in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [0, 1, 2, 3]
    assert max(np.abs(result - results[0]).max() for result in results.values()) < 1e-5


@pytest.mark.parametrize("wrong", [{"batch_size": 0}, {"max_tokens": 8}, {"max_tokens": 40}, {"threads": -1}])
def test_settings_out_of_range_are_refused(weights_settings: WeightsSettings, wrong: dict[str, int]) -> None:
    with pytest.raises(
        BadSetting, match="batch_size must be at least 1, max_tokens a multiple of 16, and threads at least 0"
    ):
        encoder.create(weights_settings, **wrong)  # type: ignore[arg-type]


def test_an_unknown_model_is_refused_before_anything_is_loaded(weights_settings: WeightsSettings) -> None:
    with pytest.raises(MissingArtifact, match="no weights for 'no-such-model'"):
        encoder.create(weights_settings, model="no-such-model")


def test_damaged_weights_are_refused_on_first_use(weights_settings: WeightsSettings, tmp_path: Path) -> None:
    found = find(weights.MINILM, weights_settings)
    for path in found.folder.rglob("*"):
        if path.is_file():
            copy = tmp_path / path.relative_to(found.folder)
            copy.parent.mkdir(exist_ok=True)
            copy.write_bytes(path.read_bytes()[: 1000 if path.suffix == ".safetensors" else None])
    damaged = encoder.create(weights_settings, model=str(tmp_path))
    with pytest.raises(StaleArtifact, match=r"the weights of .* cannot be loaded: "):
        damaged.encode(["mug"])

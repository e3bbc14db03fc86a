import json
from pathlib import Path

import numpy as np
import pytest

from index.encoders import weights
from tagger.tag_names.name_model import PACKAGED, NameModel, Projection, Projections, load_model, save_weights
from tagger.tag_names.pair_features import COLUMNS

WEIGHTS = np.arange(len(COLUMNS) + 1, dtype=np.float64)


def projections(dim: int = 2) -> Projections:
    """Projections that turn a text's vector into the second axis, and leave names as they are."""
    none = Projection(np.zeros((dim, 1), np.float32), np.zeros((1, dim), np.float32))
    down, up = np.array([[1.0], [0.0]], np.float32), np.array([[-1.0, 1.0]], np.float32)
    return Projections(np.zeros(dim, np.float32), Projection(down, up), none)


def test_the_similarity_is_the_mean_of_own_cosine_and_projected_cosine_three_to_one() -> None:
    model = NameModel(WEIGHTS, projections())
    text, name = np.array([[1.0, 0.0]], np.float32), np.array([[0.6, 0.8]], np.float32)
    # The own cosine is 0.6. The projected text is (0, 1), its cosine 0.8.
    assert float((model.of_texts(text) @ model.of_names(name).T)[0, 0]) == pytest.approx((3 * 0.6 + 0.8) / 4)


def test_without_projections_the_encoders_vectors_are_compared() -> None:
    vectors = np.array([[0.6, 0.8]], np.float32)
    assert NameModel(WEIGHTS).of_texts(vectors).tolist() == vectors.tolist()


def test_saved_weights_are_read_back_and_count_for_any_encoder(tmp_path: Path) -> None:
    save_weights(WEIGHTS, "acme/pairs", tmp_path)
    own, other = load_model(tmp_path, "acme/pairs@12ab/256"), load_model(tmp_path, "acme/other@12ab/256")
    assert own.projections is None
    assert other.projections is None
    assert own.weights.tolist() == other.weights.tolist() == WEIGHTS.tolist()


def test_the_packaged_model_has_a_weight_for_each_feature_of_the_packaged_encoders() -> None:
    of = json.loads((PACKAGED / "config.json").read_text("utf-8"))["encoders"]
    assert [*of] == [weights.PRODUCTS, weights.E5]
    # Models of earlier versions have the first five features.
    assert [len(each["weights"]) for each in of.values()] == [len(COLUMNS) + 1, 6]
    # Stores of earlier versions have vectors of the encoder before it was trained.
    assert load_model(PACKAGED, f"{weights.E5}@x/256").projections
    assert load_model(PACKAGED, f"{weights.PRODUCTS}@x/256").projections is None

"""The packaged models' weights."""

import pytest

from index.encoders import weights
from index.encoders.weights import Weights, WeightsSettings, find


@pytest.fixture(scope="session", params=[weights.E5, weights.MINILM])
def packaged(request: pytest.FixtureRequest, weights_settings: WeightsSettings) -> Weights:
    """The weights of each packaged model."""
    return find(request.param, weights_settings)


@pytest.fixture(scope="session")
def minilm_weights(weights_settings: WeightsSettings) -> Weights:
    """The weights of MiniLM, which are quick to prepare."""
    return find(weights.MINILM, weights_settings)

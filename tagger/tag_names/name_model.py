"""The packaged model that compares texts with names of tags; `finetune.names` trains it on many catalogues."""

import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.vectors.base import Matrix, unit_rows

PACKAGED = Path(__file__).parents[1] / "weights" / "names"
_WEIGHTS, _CONFIG = "model.safetensors", "config.json"
# The cosine of the encoder's own vectors counts this many times as much as the cosine of the mapped ones.
_OWN = 3.0

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Projection:
    """A change of vectors of low rank: x becomes x + (x @ down) @ up; (dim, rank) and (rank, dim)."""

    down: Matrix
    up: Matrix

    def __call__(self, vectors: Matrix) -> Matrix:
        """Return the changed vectors as unit rows, (n, dim)."""
        return unit_rows(np.asarray(vectors + (vectors @ self.down) @ self.up, np.float32))


@dataclass(frozen=True)
class Projections:
    """The projections of texts and of names; `mean`, (dim,), is subtracted from vectors before."""

    mean: Matrix
    texts: Projection
    names: Projection


@dataclass(frozen=True)
class NameModel:
    """How vectors of texts and names are compared, and how features of a pair become a probability.

    `weights` has one for each of `pair_features.COLUMNS`, then the intercept. Without projections, the encoder's own
    vectors are compared.
    """

    weights: Floats
    projections: Projections | None = None

    def of_texts(self, vectors: Matrix) -> Matrix:
        """Return the vectors, (n, width), with which texts are compared; `vectors` are the encoder's."""
        return self._joined(vectors, self.projections.texts) if self.projections else vectors

    def of_names(self, vectors: Matrix) -> Matrix:
        """Return the vectors, (n, width), with which names are compared; `vectors` are the encoder's."""
        return self._joined(vectors, self.projections.names) if self.projections else vectors

    def _joined(self, vectors: Matrix, projection: Projection) -> Matrix:
        """Join own and projected vectors: the dot product is the weighted mean of both cosines."""
        assert self.projections
        parts = [_OWN**0.5 * vectors, projection(vectors - self.projections.mean)]
        return np.asarray(np.concatenate(parts, axis=1) / (_OWN + 1) ** 0.5, np.float32)


def save_model(weights: Floats, projections: Projections, encoder: str, folder: Path) -> None:
    """Write a model that was trained on vectors of the encoder of that name."""
    from safetensors.numpy import save_file

    tensors = {
        "mean": projections.mean,
        "texts.down": projections.texts.down,
        "texts.up": projections.texts.up,
        "names.down": projections.names.down,
        "names.up": projections.names.up,
    }
    save_file({name: tensor.astype(np.float16) for name, tensor in tensors.items()}, folder / _WEIGHTS)
    config = {"encoder": encoder, "weights": weights.tolist()}
    (folder / _CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8")


@lru_cache(maxsize=4)
def load_model(folder: Path, encoder: str) -> NameModel:
    """Read what `save_model` wrote; for vectors of another encoder, the model has no projections."""
    from safetensors.numpy import load_file

    config = json.loads((folder / _CONFIG).read_text("utf-8"))
    weights = np.array(config["weights"])
    if encoder.partition("@")[0] != config["encoder"]:
        return NameModel(weights)
    tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(folder / _WEIGHTS).items()}
    texts, names = (Projection(tensors[f"{side}.down"], tensors[f"{side}.up"]) for side in ("texts", "names"))
    return NameModel(weights, Projections(tensors["mean"], texts, names))

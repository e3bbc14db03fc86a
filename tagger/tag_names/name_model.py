"""The packaged model that compares texts with names of tags; `finetune.products` trains it on many catalogues.

For vectors of multilingual-e5-small, which stores of earlier versions have, it has projections; the packaged encoder
was trained for the comparison itself.
"""

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

# A name in the text counts as much as this difference in similarity: more than there is between any two tags.
NAMED = 1.0

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

    `weights` has one for each of the first of `pair_features.COLUMNS`, then the intercept. A name in the text counts as
    much as the difference `named` in similarity. Without projections, the encoder's own vectors are compared.
    """

    weights: Floats
    projections: Projections | None = None
    named: float = NAMED

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


def save_weights(weights: Floats, encoder: str, folder: Path) -> None:
    """Write a model without projections, for vectors of the encoder of that name."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"encoders": {encoder: {"weights": weights.tolist(), "projections": False, "named": NAMED}}}
    (folder / _CONFIG).write_text(json.dumps(config, indent=1) + "\n", "utf-8")


@lru_cache(maxsize=4)
def load_model(folder: Path, encoder: str) -> NameModel:
    """Read the model for vectors of an encoder; for one that it was not trained for, the weights of the first count."""
    of = json.loads((folder / _CONFIG).read_text("utf-8"))["encoders"]
    name = encoder.partition("@")[0]
    found = of.get(name, next(iter(of.values())))
    weights = np.array(found["weights"])
    projections = _read_projections(folder / _WEIGHTS) if name in of and found["projections"] else None
    return NameModel(weights, projections, found["named"])


def _read_projections(path: Path) -> Projections:
    from safetensors.numpy import load_file

    tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(path).items()}
    texts, names = (Projection(tensors[f"{side}.down"], tensors[f"{side}.up"]) for side in ("texts", "names"))
    return Projections(tensors["mean"], texts, names)

"""Train the names model on files of labelled products, one catalogue a file.

python -m finetune.names --out FOLDER --vectors FOLDER FILE...

The projections are trained on all catalogues. The weights are fitted on held-out products, by projections that were
trained without the product's catalogue: that is how the model meets a stranger's catalogue.
"""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from finetune.names.catalogues import read_catalogue
from finetune.names.projection_training import TrainingSettings, mean_text, train_projections
from finetune.names.weight_training import fit_weights
from finetune.program import log_progress, parser_of, run_program
from index.atomic import new_folder
from index.encoders.sentence_encoder import create
from index.encoders.vector_cache import CachedEncoder, VectorCache, folder_of
from index.encoders.weights import E5, WeightsSettings
from tagger.tag_names.name_model import NameModel, save_model
from tagger.tag_names.pair_features import COLUMNS

_GROUPS = 5
_NO_WEIGHTS = np.zeros(len(COLUMNS) + 1)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the model; return the exit status."""
    parser = parser_of("finetune.names", __doc__, epochs=9, seed=0)
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    return run_program(parser, _train, arguments)


def _train(options: argparse.Namespace, work: Path) -> Mapping[str, Any]:
    encoder = create(WeightsSettings(), model=E5)
    cached = CachedEncoder(encoder, VectorCache(work / "vectors" / folder_of(encoder)))
    catalogues = [read_catalogue(path, cached, log_progress()) for path in options.files]
    settings = TrainingSettings(seed=options.seed).for_epochs(options.epochs, catalogues)
    mean = mean_text(catalogues)
    held_out = []
    for number in range(min(_GROUPS, len(catalogues))):
        group = catalogues[number::_GROUPS]
        others = train_projections([each for each in catalogues if each not in group], mean, settings)
        held_out += [(catalogue, NameModel(_NO_WEIGHTS, others)) for catalogue in group]
    weights = fit_weights(held_out, cached, options.seed)
    with new_folder(options.out) as building:
        save_model(weights, train_projections(catalogues, mean, settings), E5, building)
    return {"out": str(options.out), "catalogues": [each.name for each in catalogues], "weights": weights.tolist()}


if __name__ == "__main__":
    sys.exit(main())

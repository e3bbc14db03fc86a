"""Train the packaged encoder and the names model on files of labelled products, one catalogue a file.

python -m finetune.products --out FOLDER --held-out NAME,NAME --held-out NAME FILE...

Only the last layers of multilingual-e5-small are trained. Each group of catalogues that is held out has an encoder of
its own, trained without the group: the weights of the names model are fitted on these catalogues, since that is how it
meets a stranger's catalogue, and benchmarks judge by these encoders. The encoder that ships is trained on all.
"""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from finetune.products.catalogues import TrainingCatalogue, read_catalogue, taxonomy_catalogues
from finetune.products.encoder_folder import write_encoder, write_layers
from finetune.products.hidden_states import LowerLayers
from finetune.products.layer_training import Encoded, LayerSettings, train_layers
from finetune.products.weight_training import fit_weights
from finetune.program import log_progress, parser_of, run_program, training_folder
from index.atomic import new_folder
from index.encoders.base import Encoder
from index.encoders.sentence_encoder import create
from index.encoders.weights import E5, PRODUCTS, WeightsSettings, find
from tagger.tag_names.name_model import save_weights

_PREFIX = "query: "


def main(arguments: Sequence[str] | None = None) -> int:
    """Train and write the models; return the exit status."""
    parser = parser_of("finetune.products", __doc__, seed=0)
    parser.add_argument("--steps", type=int, default=LayerSettings.steps, metavar="N")
    parser.add_argument("--held-out", action="append", default=[], metavar="NAME,...", help="catalogues to leave out")
    parser.add_argument("--no-taxonomy", action="store_true", help="train on the files alone")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    return run_program(parser, _train, arguments)


def _train(options: argparse.Namespace, work: Path) -> Mapping[str, Any]:
    settings = LayerSettings(steps=options.steps, seed=options.seed)
    base = find(E5, WeightsSettings(work / "weights", full=False)).folder
    lower, last = _open(base, settings.layers)
    progress, folder = log_progress(), training_folder(work)

    def states(each: TrainingCatalogue) -> Encoded:
        texts, names = (
            lower.states(of, most, folder, progress)
            for of, most in ((each.texts, settings.text_tokens), (each.names, settings.name_tokens))
        )
        return Encoded(each, texts, names)

    taxonomy = [] if options.no_taxonomy else taxonomy_catalogues()
    encoded = [states(each) for each in (*map(read_catalogue, options.files), *taxonomy)]

    def train(without: Sequence[str], changes: Path) -> None:
        taught = [each for each in encoded if each.catalogue.name not in without]
        write_layers(base, train_layers(last, taught, settings, folder, progress), lower.count, changes)

    unseen: list[tuple[TrainingCatalogue, Encoder]] = []
    with new_folder(options.out) as building:
        for number, group in enumerate(options.held_out):
            changes = building / f"held-out-{number}" / "model.safetensors"
            train(group.split(","), changes)
            write_encoder(base, changes, folder / f"encoder-{number}")
            encoder = create(WeightsSettings(work / "weights"), model=str(folder / f"encoder-{number}"), prefix=_PREFIX)
            unseen += [(each.catalogue, encoder) for each in encoded if each.catalogue.name in group.split(",")]
        train([], building / "e5-small-products" / "model.safetensors")
        for number, group in enumerate(options.held_out):
            others = [each for each in unseen if each[0].name not in group.split(",")]
            _fit_names(others, building / f"held-out-{number}" / "names", options.seed)
        _fit_names(unseen, building / "names", options.seed)
        about = {"catalogues": [each.catalogue.name for each in encoded], "held_out": options.held_out}
        (building / "config.json").write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    return {"out": str(options.out), **about}


def _fit_names(unseen: Sequence[tuple[TrainingCatalogue, Encoder]], folder: Path, seed: int) -> None:
    if unseen:
        save_weights(fit_weights(unseen, seed), PRODUCTS, folder)


def _open(base: Path, layers: int) -> tuple[LowerLayers, Any]:
    """Load the base; return the lower layers, and the last ones, which are trained."""
    import torch
    from transformers import BertModel, PreTrainedTokenizerFast

    model = BertModel.from_pretrained(base, add_pooling_layer=False, torch_dtype=torch.float32).eval()
    tokenizer = PreTrainedTokenizerFast.from_pretrained(base)
    kept = len(model.encoder.layer) - layers
    last = model.encoder.layer[kept:]
    model.encoder.layer = model.encoder.layer[:kept]
    return LowerLayers(model, tokenizer, _PREFIX, kept), last


if __name__ == "__main__":
    sys.exit(main())

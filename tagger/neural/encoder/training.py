"""Fine-tune the last layers of an encoder, with a head for the tags."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch

from index.product import Product
from tagger.neural.classifier_training import has_one_each, label_rows
from tagger.neural.encoder.network import (
    Layers,
    TagHead,
    TrainedPart,
    WholeEncoder,
    add_low_rank,
    asymmetric_loss,
    load_layers,
    merge_low_rank,
    tag_weights,
)
from tagger.neural.encoder.pieces import PieceTable
from tagger.neural.graphs import export_graph
from tagger.neural.networks import Probabilities, start_at_shares, tag_loss
from tagger.neural.training import Course, best_micro_f1, fast_bfloat16, train
from tagger.neural.training_set import keep_out
from tagger.neural.words import by_length

_BATCH = 32
# The layers learn slower than the head, which starts from nothing.
_LAYERS_SHARE = 0.1
States = list[npt.NDArray[np.float16]]


@dataclass(frozen=True)
class EncoderSettings:
    """What is trained: "head", "lora" (low-rank changes of the last layers) or "full"; and by which loss."""

    train: str
    layers: int
    rank: int
    dropout: float
    loss: str


def train_encoder(
    table: PieceTable, products: Sequence[Product], tags: Sequence[str], settings: EncoderSettings, course: Course
) -> bytes:
    """Return the graph of a fine-tuned encoder: from embeddings to logits of the tags."""
    labels = label_rows(products, tags)
    seen, kept_out = keep_out(products)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        model = load_layers(table.weights.folder)
        count = min(settings.layers, table.layers) if settings.train != "head" else 0
        every = list(model.encoder.layer)
        first = Layers(every[: len(every) - count], model.embeddings.LayerNorm).eval().requires_grad_(False)
        trained = TrainedPart(Layers(every[len(every) - count :]), TagHead(table.hidden, len(tags), settings.dropout))
        del model, every
        shares = labels[seen].mean(axis=0)
        start_at_shares(trained.head.output, shares.tolist())
        if settings.train == "lora":
            add_low_rank(trained.last, settings.rank)
        states = _states(table, first, [product.text for product in products])
        targets, exclusive = torch.from_numpy(labels.astype(np.float32)), has_one_each(labels)
        weights = tag_weights(torch.from_numpy(shares.astype(np.float32)))

        def loss(batch: Sequence[int], epoch: int) -> torch.Tensor:
            places = [seen[each] for each in batch]
            logits = trained(*_padded([states[place] for place in places]))
            if settings.loss == "asymmetric" and not exclusive:
                return asymmetric_loss(logits.float(), targets[places], weights)
            return tag_loss(logits.float(), targets[places], exclusive=exclusive)

        def score() -> float:
            found = np.empty((len(kept_out), len(tags)), np.float32)
            order = sorted(range(len(kept_out)), key=lambda place: len(states[kept_out[place]]))
            for start in range(0, len(order), _BATCH):
                places = order[start : start + _BATCH]
                with torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
                    found[places] = trained(*_padded([states[kept_out[place]] for place in places])).float().numpy()
            return best_micro_f1(found, labels[kept_out])

        lengths = [len(states[place]) for place in seen]
        train(trained, lengths, loss, score if kept_out else None, course, {"last": _LAYERS_SHARE})
        merge_low_rank(trained.last)
    example = torch.from_numpy(table.embeddings(table.pieces(["example"])))
    likely = Probabilities(WholeEncoder(first, trained), exclusive=exclusive)
    return export_graph(likely, [example], {"embeddings": ("texts", "pieces", "")}, {"likely": ("texts", "")})


def _states(table: PieceTable, first: Layers, texts: Sequence[str]) -> States:
    """Return the states of each text below the trained layers: they do not change, so they are computed once."""
    pieces = table.pieces(texts)
    found: States = [np.zeros((0, 0), np.float16)] * len(texts)
    for places in by_length(pieces).values():
        for start in range(0, len(places), _BATCH):
            some = places[start : start + _BATCH]
            embeddings = torch.from_numpy(table.embeddings([pieces[place] for place in some]))
            with torch.inference_mode(), torch.autocast("cpu", torch.bfloat16, enabled=fast_bfloat16()):
                states = first(embeddings, None).float().numpy().astype(np.float16)
            for place, row in zip(some, states, strict=True):
                found[place] = row
    return found


def _padded(states: States) -> tuple[torch.Tensor, torch.Tensor]:
    """Return states, (texts, longest, hidden), and their mask, (texts, longest)."""
    longest = max(map(len, states))
    padded = np.zeros((len(states), longest, states[0].shape[1]), np.float32)
    mask = np.zeros((len(states), longest), np.float32)
    for place, row in enumerate(states):
        padded[place, : len(row)], mask[place, : len(row)] = row, 1
    return torch.from_numpy(padded), torch.from_numpy(mask)

"""Train a network that has one output for each tag."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from index.product import Product
from tagger.neural.graphs import export_graph
from tagger.neural.networks import Probabilities, start_at_shares, tag_loss
from tagger.neural.training import Course, best_micro_f1, train
from tagger.neural.training_set import keep_out
from tagger.neural.words import SHORTEST, WordTable, by_length, pad


def train_classifier(
    build: Callable[[int, int], torch.nn.Module],
    words: WordTable,
    products: Sequence[Product],
    course: Mapping[str, Any],
) -> bytes:
    """Return the graph of a network that was trained on labelled products."""
    settings = Course(**course)
    rows, labels = words.ids(product.text for product in products), label_rows(products, words.tags)
    seen, kept_out = keep_out(products)
    targets, exclusive = torch.from_numpy(labels.astype(np.float32)), has_one_each(labels)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(settings.seed)
        model = build(len(words), len(words.tags))
        output: Any = model.output
        likely = Probabilities(model, exclusive=exclusive)
        start_at_shares(output, labels[seen].mean(axis=0).tolist())

        def loss(batch: Sequence[int], epoch: int) -> torch.Tensor:
            places = [seen[each] for each in batch]
            logits = model(torch.from_numpy(pad([rows[place] for place in places])))
            return tag_loss(logits.float(), targets[places], exclusive=exclusive)

        def score() -> float:
            found = np.empty((len(kept_out), len(words.tags)), np.float32)
            for places in by_length([rows[place] for place in kept_out]).values():
                batch = pad([rows[kept_out[place]] for place in places])
                found[places] = likely(torch.from_numpy(batch)).float().numpy()
            return best_micro_f1(found, labels[kept_out])

        train(model, [len(rows[place]) for place in seen], loss, score if kept_out else None, settings)
    example = torch.ones((1, SHORTEST), dtype=torch.int64)
    return export_graph(likely, [example], {"words": ("texts", "length")}, {"likely": ("texts", "")})


def has_one_each(labels: npt.NDArray[np.bool_]) -> bool:
    """Tell whether every product has exactly one of several tags, which then exclude one another."""
    return labels.shape[1] > 1 and bool((labels.sum(axis=1) == 1).all())


def label_rows(products: Sequence[Product], tags: Sequence[str]) -> npt.NDArray[np.bool_]:
    """Return which product has which tag, (products, tags)."""
    places = {tag: place for place, tag in enumerate(tags)}
    labels = np.zeros((len(products), len(tags)), bool)
    for row, product in zip(labels, products, strict=True):
        row[[places[tag] for tag in product.tags]] = True
    return labels

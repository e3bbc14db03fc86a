"""Train the network that writes tags."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch.nn.functional import cross_entropy

from index.product import Product
from tagger.neural.graphs import export_graph
from tagger.neural.sequence.network import (
    BEGIN,
    END,
    TAGS_FROM,
    AttentionNetwork,
    DecoderPart,
    EncoderPart,
    padding_bias,
)
from tagger.neural.training import Course, train
from tagger.neural.training_set import keep_out
from tagger.neural.words import SHORTEST, Ids, WordTable, pad

_IGNORED = -100
# Share of the tags that the decoder reads from itself in the last epoch (Bengio et al., "Scheduled sampling", 2015).
_OWN = 0.25
_SMOOTHING = 0.05


def train_sequence(
    words: WordTable, products: Sequence[Product], order: Sequence[str], sizes: Mapping[str, Any], course: Course
) -> tuple[bytes, bytes]:
    """Return the graphs of the encoder and of the decoder's step; `order` has the tags, the most frequent first."""
    rows = words.ids(product.text for product in products)
    places = {tag: place for place, tag in enumerate(order, TAGS_FROM)}
    targets = [np.array([*sorted(places[tag] for tag in product.tags), END]) for product in products]
    seen, kept_out = keep_out(products)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(course.seed)
        network = AttentionNetwork(len(words), len(order), **sizes)

        def loss(batch: Sequence[int], epoch: int) -> torch.Tensor:
            own = _OWN * epoch / max(1, course.epochs - 1)
            chosen = [seen[each] for each in batch]
            return _loss(network, [rows[each] for each in chosen], [targets[each] for each in chosen], own)

        def score() -> float:
            return _greedy_f1(network, [rows[each] for each in kept_out], [targets[each] for each in kept_out])

        train(network, [len(rows[place]) for place in seen], loss, score if kept_out else None, course)
    return _graphs(network)


def frequency_order(products: Sequence[Product]) -> list[str]:
    """Return the tags, the most frequent first, ties by name."""
    counts = Counter(tag for product in products for tag in product.tags)
    return sorted(counts, key=lambda tag: (-counts[tag], tag))


def _loss(network: AttentionNetwork, rows: Sequence[Ids], targets: Sequence[Ids], own: float) -> torch.Tensor:
    """Return the mean cross-entropy of the tags; with the probability `own` the decoder reads its own last tag."""
    words = torch.from_numpy(pad(rows))
    wanted = torch.full((len(rows), max(map(len, targets))), _IGNORED)
    for place, target in enumerate(targets):
        wanted[place, : len(target)] = torch.from_numpy(target)
    memory, state = network.encode(words)
    bias = padding_bias(words)
    context, _ = network.attend(state, memory, bias)
    last = torch.full((len(rows),), BEGIN)
    logits = []
    for number in range(wanted.shape[1]):
        found, state, context, _ = network.step(last, state, context, memory, bias)
        logits.append(found)
        right = wanted[:, number].clamp(min=0)
        last = torch.where(torch.rand(len(rows)) < own, found.detach().argmax(dim=1), right) if own else right
    joined = torch.stack(logits, dim=1).float()
    return cross_entropy(
        joined.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED, label_smoothing=_SMOOTHING, reduction="sum"
    ) / len(rows)


def _greedy_f1(network: AttentionNetwork, rows: Sequence[Ids], targets: Sequence[Ids]) -> float:
    """Return the micro-F1 of the tags that are written without a beam."""
    words = torch.from_numpy(pad(rows))
    memory, state = network.encode(words)
    bias = padding_bias(words)
    context, _ = network.attend(state, memory, bias)
    last = torch.full((len(rows),), BEGIN)
    written: list[set[int]] = [set() for _ in rows]
    going = torch.ones(len(rows), dtype=torch.bool)
    for _ in range(max(map(len, targets)) + 1):
        logits, state, context, _ = network.step(last, state, context, memory, bias)
        last = logits.argmax(dim=1)
        going &= last != END
        for place in torch.nonzero(going).flatten().tolist():
            written[place].add(int(last[place]))
    wanted = [set(target.tolist()) - {END} for target in targets]
    right = sum(len(one & other) for one, other in zip(written, wanted, strict=True))
    return 2 * right / max(1, sum(map(len, written)) + sum(map(len, wanted)))


def _graphs(network: AttentionNetwork) -> tuple[bytes, bytes]:
    words = torch.ones((2, SHORTEST), dtype=torch.int64)
    with torch.inference_mode():
        memory, bias, state, context = EncoderPart(network.eval()).forward(words)
    text, both = ("texts", ""), ("texts", "length")
    encoder = export_graph(
        EncoderPart(network),
        [words],
        {"words": both},
        {"memory": (*both, ""), "bias": both, "state": text, "context": text},
    )
    inputs = {"last": ("texts",), "before": text, "read": text, "memory": (*both, ""), "bias": both}
    outputs = {"logs": text, "after": text, "reads": text, "shares": both}
    last = torch.zeros(2, dtype=torch.int64)
    step = [each.clone() for each in (last, state, context, memory, bias)]
    return encoder, export_graph(DecoderPart(network), step, inputs, outputs)

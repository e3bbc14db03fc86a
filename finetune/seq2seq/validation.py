"""Measure a model in training on held-out products."""

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from finetune.seq2seq.batching import IGNORED, Batch, collate, encode
from finetune.seq2seq.cases import Case
from finetune.seq2seq.settings import TrainingSettings
from finetune.training.learning_curves import Figures
from index.batching import batched
from tagger.evaluation.metrics import micro_f1


def validate(model: Any, tokenizer: Any, cases: Sequence[Case], settings: TrainingSettings) -> Figures:
    """Measure on cases, without changing the model: loss per token, and micro-F1 of greedily generated tags."""
    by_length = sorted(cases, key=lambda case: (len(case.product.text), case.product.id))
    examples = encode(by_length, tokenizer, settings)
    cut = [collate(each, tokenizer.pad_token_id, model.device) for each in batched(examples, settings.batch_size)]
    model.eval()
    with torch.inference_mode():
        losses = [cross_entropy(forward(model, batch).logits, batch.labels, reduction="sum").item() for batch in cut]
        texts = [text for batch in cut for text in generate(model, tokenizer, batch, settings.max_target_tokens)]
    tokens = sum(int((batch.labels != IGNORED).sum()) for batch in cut)
    written = [case.read(text) for case, text in zip(by_length, texts, strict=True)]
    return Figures(sum(losses) / tokens, micro_f1(written, [case.product.tags for case in by_length]))


def forward(model: Any, batch: Batch) -> Any:
    """Run encoder and decoder; the logits (n, longest target, pieces) each follow the true tokens before them."""
    started = model.prepare_decoder_input_ids_from_labels(batch.labels)
    return model(input_ids=batch.input_ids, attention_mask=batch.attention_mask, decoder_input_ids=started)


def cross_entropy(logits: torch.Tensor, labels: torch.Tensor, **options: Any) -> torch.Tensor:
    """Return the cross-entropy over all tokens except ignored ones."""
    return functional.cross_entropy(logits.flatten(0, 1).float(), labels.flatten(), ignore_index=IGNORED, **options)


def smoothed_cross_entropy(model: Any, batch: Batch, smoothing: float) -> torch.Tensor:
    """Return the training loss: cross-entropy per token with label smoothing."""
    return cross_entropy(forward(model, batch).logits, batch.labels, label_smoothing=smoothing)


def generate(model: Any, tokenizer: Any, batch: Batch, most_tokens: int) -> list[str]:
    """Return the model's greedy output."""
    written = model.generate(
        input_ids=batch.input_ids,
        attention_mask=batch.attention_mask,
        max_new_tokens=most_tokens,
        num_beams=1,
        do_sample=False,
    )
    texts: list[str] = tokenizer.batch_decode(written, skip_special_tokens=True)
    return texts

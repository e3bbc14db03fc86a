"""The README.md of the base that ships, from what its training found."""

from collections.abc import Mapping
from typing import Any

_CARD = """\
---
license: apache-2.0
language: [zh, en]
library_name: transformers
pipeline_tag: text2text-generation
---

# tagweave/t5-demo

A small T5 that writes a product's tags, in English, from its Chinese or English title and description. It was trained
from nothing on the catalogue of Tagweave's demo shop, so that the generator has a base where no model hub can be
reached. It is the real thing in the small: other bases (mT5, umT5) go through the same code.

## Data

The demo shop's catalogue, `tagger/demo/products.jsonl.gz` (written for this project, Apache-2.0; fingerprint
`{fingerprint}`): {training:,} products to train on, {validation} to stop early by, {test} to measure on. Which is which
is decided by the MD5 of title and description: {held_out}. Tags are the names in `tagger/demo/vocabulary.tsv`.

## Recipe

    python -m finetune.pretrain --out tagger/weights/t5-demo --threads 1 --seed {seed}

- T5 1.1 (gated GELU, tied embeddings), {width} wide, {encoder_layers} encoder and {decoder_layers} decoder layers,
  {parameters:,} parameters, shipped as float16.
- Its own tokenizer: {pieces:,} byte-pair pieces over both languages in equal shares, bytes for all other characters:
  `<unk>` never occurs.
- AdamW, cosine schedule, learning rate {learning_rate:g} (embeddings five times that), batches of {batch_size}, label
  smoothing {label_smoothing:g}, the description's sentences in a new order each epoch. Beside the decoder's loss, the
  encoder has to tell which pieces the tags have (`finetune.pretrain.evidence_loss`).
- {epochs} epochs in {minutes} minutes on one core; the weights are those of epoch {best_epoch}, the best by micro-F1
  on the validation products. `curves.csv` has the course.

## Figures

Micro-F1 of the tags that it writes greedily, on the {test} test products, with the weights as shipped:

| all | Chinese | English |
|---|---|---|
| {all_f1:.3f} | {zh_f1:.3f} | {en_f1:.3f} |

## Limits

It knows the demo shop's products and tags and nothing else of the world: for another catalogue, train an adapter
(`tagweave finetune STORE`) or, better, name a larger base. The shop's texts are put together from hand-written
sentences, so the figures say how well it learnt those, not how it does on texts as people write them.
"""


def card(about: Mapping[str, Any]) -> str:
    """Write the card from what `training.json` says."""
    figures = about["figures"]
    return _CARD.format(
        **about["data"],
        **about["settings"] | {"epochs": about["epochs"]},
        held_out=about["held_out"],
        parameters=about["parameters"],
        best_epoch=about["best_epoch"],
        minutes=round(about["seconds"] / 60),
        all_f1=figures["test_micro_f1"],
        zh_f1=figures.get("test_micro_f1_zh", float("nan")),
        en_f1=figures.get("test_micro_f1_en", float("nan")),
    )

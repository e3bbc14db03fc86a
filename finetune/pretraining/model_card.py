"""The model card (README.md) of the base that ships, filled in from its training record."""

from collections.abc import Mapping
from typing import Any

_CARD = """\
---
license: apache-2.0
language: [zh, en]
library_name: transformers
pipeline_tag: text2text-generation
---

# tagweave/t5-products

A small bilingual T5 that writes a product's tags from its title and description and from the tags of labelled products
near it. It was trained from nothing, so that the generator has a base where no model hub can be reached; mT5 and other
bases go through the same code.

## Data

Labelled products of {count} catalogues, Chinese and English, divided by the MD5 of a salt, title and description:
the lowest tenth is test, the next is validation, the rest is trained on. The lowest fifth by the plain MD5, which
benchmarks measure on, is left out of all. `demo` is
Tagweave's own demo shop (Apache-2.0); the others are public product records, whose
texts are not in the weights' repository. Fingerprint `{fingerprint}`.

| catalogue | trained on | validation | test | micro-F1 on test, as shipped |
|---|---|---|---|---|
{rows}

Micro-F1 is of tags written greedily, with the neighbours in the prompt, on {measured} test products at most.

## Recipe

    python -m finetune.pretraining.pretrain --out tagger/weights/t5-products --epochs {epochs_set} --seed {seed} FILE...

- T5 1.1 (gated GELU, tied embeddings), {width} wide, {encoder_layers} encoder and {decoder_layers} decoder layers,
  {parameters:,} parameters, shipped as float16.
- Its own tokenizer: {pieces:,} byte-pair pieces over both languages in equal shares, Chinese by single characters,
  bytes for all other characters: `<unk>` never occurs.
- Embeddings from the token vectors of multilingual-e5-small (MIT), and attention that starts as copying
  (`finetune.pretraining.initialization`).
- Beside the decoder's loss, the encoder has to tell which pieces the tags have, and at each neighbour's tag whether the
  product has it (`finetune.pretraining.pretrain.loss`).
- The tags of ten neighbours stand in the prompt (prompt version {prompt_version}); all of them are left out of
  {no_neighbours:.0%} of the examples, each of {neighbour_dropout:.0%}, and {hidden_tag:.0%} of the tags that stand in
  the text are taken from all of them.
- AdamW, cosine schedule, learning rate {learning_rate:g} (more or less for larger or smaller matrices,
  `finetune.pretraining.pretrain.rates`), batches of {batch_size}, label smoothing {label_smoothing:g}.
- {epochs} epochs in {minutes} minutes on {machine}; the weights are those of epoch {best_epoch}, the best by
  micro-F1 on validation products. `curves.csv` has the course.

## Limits

It is small and was trained for a short time on shop texts: it copies and combines what text and neighbours show, and
knows little of the world. For a catalogue of your own, train an adapter (`tagweave finetune STORE`), or name a larger
base.
"""


def card(about: Mapping[str, Any]) -> str:
    """Return the card for the contents of `training.json`."""
    settings, data, figures = about["settings"], about["data"], about["figures"]
    rows = (
        f"| {name} | {sizes['training']:,} | {sizes['validation']:,} | {sizes['test']:,} | "
        f"{figures.get(name, float('nan')):.3f} |"
        for name, sizes in data["sets"].items()
    )
    return _CARD.format(
        **settings | {"epochs": about["epochs"], "epochs_set": settings["epochs"]},
        count=len(data["sets"]),
        fingerprint=data["fingerprint"],
        rows="\n".join(rows),
        measured=data["measured"],
        prompt_version=about["prompt_version"],
        parameters=about["parameters"],
        machine=about["machine"],
        best_epoch=about["best_epoch"],
        minutes=round(about["seconds"] / 60),
    )

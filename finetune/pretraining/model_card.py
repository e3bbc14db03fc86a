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

A small bilingual T5 that generates a product's tags from its title and description and from the tags of similar
labelled products. It was trained from scratch, so that the generator has a base without a model hub; mT5 and other
bases use the same code.

## Data

Labelled products of {count} catalogues, Chinese and English, split by the MD5 of a salt, title and description:
the lowest tenth is the test part, the next tenth the validation part, the rest the training part. The lowest fifth by
the plain MD5, which the benchmarks use, is left out of all three. `demo` is
Tagweave's own demo shop (Apache-2.0); the others are public product records, whose
texts are not in the weights' repository. Fingerprint `{fingerprint}`.

| catalogue | training | validation | test | micro-F1 on test, as shipped |
|---|---|---|---|---|
{rows}

Micro-F1 is measured with greedy decoding and with the neighbours in the prompt, on at most {measured} test products.

## Recipe

    python -m finetune.pretraining.pretrain --out tagger/weights/t5-products --epochs {epochs_set} --seed {seed} FILE...

- T5 1.1 (gated GELU, tied embeddings), {width} wide, {encoder_layers} encoder and {decoder_layers} decoder layers,
  {parameters:,} parameters, shipped as float16.
- Its own tokenizer: {pieces:,} byte-pair pieces over both languages in equal shares, Chinese by single characters,
  bytes for all other characters: `<unk>` never occurs.
- Embeddings from the token vectors of multilingual-e5-small (MIT), and attention that starts as copying
  (`finetune.pretraining.initialization`).
- Besides the decoder's loss, the encoder learns to predict the tags' pieces and, for each neighbour's tag, whether the
  product has it (`finetune.pretraining.pretrain.loss`).
- The prompt has the tags of ten neighbours (prompt version {prompt_version}); all of them are left out of
  {no_neighbours:.0%} of the examples, each of {neighbour_dropout:.0%}, and {hidden_tag:.0%} of the tags that occur in
  the text are removed from all neighbours.
- AdamW, cosine schedule, learning rate {learning_rate:g} (more or less for larger or smaller matrices,
  `finetune.pretraining.pretrain.rates`), batches of {batch_size}, label smoothing {label_smoothing:g}.
- {epochs} epochs in {minutes} minutes on {machine}; the weights are those of epoch {best_epoch}, the best by
  micro-F1 on validation products. `curves.csv` has the learning curves.

## Limits

It is small and was trained for a short time on shop texts: it copies and combines what the text and the neighbours
show, and knows little else. For your own catalogue, train an adapter (`tagweave finetune STORE`), or use a larger base.
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

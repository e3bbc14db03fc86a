"""The model card of a saved tagger: what it is, how to use it, and its metrics on held-out products."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.store import Store
from tagger.evaluation import held_out
from tagger.evaluation.evaluate import FUSED
from tagger.jobs.quality_report import Measured

_FIGURES = ("micro_f1", "macro_f1", "precision@1", "recall@5", "ndcg@10", "ece")
_LANGUAGES = ("zh", "en")
_BODY = """\
# {name}

A product tagger made with Tagweave: from a title and a description to ranked tags with calibrated probabilities.

```python
from tagger import Tagger

shop = Tagger.from_pretrained("{name}")
for tag in shop.suggest("a product's title"):
    print(tag.tag, tag.probability, tag.accepted)
```

It was trained on {products:,} labelled products. Taggers: {taggers}. Encoder: `{encoder}`; its weights are not in this
folder. A tag is accepted if its probability is at least {threshold:.3f}.

## Figures

{figures}

## What is in this folder

{contents} Models are read without pickle. They contain text of the products they were trained on, such as titles
and tags: publish only what others may read, and load only folders from people you trust.
"""
_WITH = "The models, the vocabulary, the products with their tags, and people's decisions on them."
_WITHOUT = "The models and the vocabulary, without the catalogue of products and without people's decisions."
_UNMEASURED = "Nothing was held out: there were too few labelled products to measure on."
_MEASURED = "Measured on {count:,} labelled products that the taggers had not been trained on.\n\n{table}"


def model_card(store: Store, published: Path, about: Mapping[str, Any], *, catalogue: bool, name: str) -> str:
    """Return the card as Markdown with a hub's front matter; `name` is the folder or repository to load it from."""
    measured = _held_out_figures(published)
    body = _BODY.format(
        name=name,
        products=about["products"],
        taggers=", ".join(about["taggers"]),
        encoder=about["encoder"],
        threshold=about["threshold"],
        figures=_figures(measured) if measured else _UNMEASURED,
        contents=_WITH if catalogue else _WITHOUT,
    )
    return f"---\n{_front_matter(store, name, measured)}\n---\n\n{body}"


def _held_out_figures(published: Path) -> Measured | None:
    path = published / held_out.FILE
    return Measured(held_out.load(path)) if path.is_file() else None


def _figures(measured: Measured) -> str:
    head = f"| system | {' | '.join(_FIGURES)} |\n|---|{'---|' * len(_FIGURES)}\n"
    rows = [
        f"| {system} | {' | '.join(f'{figures[name]:.4f}' for name in _FIGURES)} |\n"
        for system, figures in measured.board.items()
    ]
    return _MEASURED.format(count=len(measured.held.ids), table=head + "".join(rows))


def _front_matter(store: Store, name: str, measured: Measured | None) -> str:
    from huggingface_hub import EvalResult, ModelCardData

    results = [
        EvalResult(
            task_type="text-classification",
            task_name="Product tagging",
            dataset_type="held-out",
            dataset_name="labelled products of the store that the taggers had not seen",
            metric_type=metric,
            metric_value=round(measured.board[FUSED][metric], 6),
        )
        for metric in (_FIGURES if measured else ())
        if measured
    ]
    spoken = store.catalogue.counts_by_language()
    data = ModelCardData(
        language=[each for each in _LANGUAGES if each in spoken] or None,
        library_name="tagweave",
        pipeline_tag="text-classification",
        tags=["tagweave", "product-tagging", "multi-label-classification"],
        model_name=name,
        eval_results=results or None,
    )
    return data.to_yaml().strip()

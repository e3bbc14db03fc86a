"""The fine-tuned encoder: a tiny one learns, conforms, and refuses a base with other weights."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from transformers import BertConfig, BertModel

from finetune.pretraining.tokenizer import train_tokenizer
from index.encoders.weights import WeightsSettings
from index.errors import BadSetting, StaleArtifact
from index.product import Product
from tagger.neural.encoder.network import asymmetric_loss
from tagger.neural.encoder.pieces import PieceTable
from tagger.testing import check_tagger

Make = Callable[..., Any]
QUICK: dict[str, Any] = {"epochs": 25, "learning_rate": 0.03, "layers": 1, "longest": 24, "dropout": 0.0}


@pytest.fixture(scope="module")
def base(toy: list[Product], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny, untrained encoder of two layers."""
    folder = tmp_path_factory.mktemp("tiny")
    tokenizer = train_tokenizer([product.text for product in toy], pieces=400)
    tokenizer.save_pretrained(folder)
    torch.manual_seed(0)
    sizes = {"hidden_size": 16, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 32}
    BertModel(BertConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(folder)
    kinds = ("Transformer", "Pooling")
    modules = [
        {"type": f"sentence_transformers.models.{kind}", "path": kind * bool(at)} for at, kind in enumerate(kinds)
    ]
    (folder / "modules.json").write_text(json.dumps(modules), "utf-8")
    (folder / "Pooling").mkdir()
    (folder / "Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": true}', "utf-8")
    return folder


@pytest.mark.parametrize("options", [{"train": "full"}, {"train": "lora", "loss": "cross_entropy"}, {"train": "head"}])
def test_it_learns_and_conforms(
    options: dict[str, Any], base: Path, make: Make, toy: list[Product], asked: list[Product], tmp_path: Path
) -> None:
    def made() -> Any:
        return make("transformer", model=str(base), **QUICK, **options)

    check_tagger(made, toy, tmp_path)
    tagger = made()
    tagger.load(tmp_path)
    right = [
        {each.tag for each in ranking[:2]} == set(product.id.split())
        for product, ranking in zip(asked, tagger.suggest(asked, 5), strict=True)
    ]
    assert sum(right) >= 5


def test_the_first_states_are_those_of_the_base(base: Path) -> None:
    table = PieceTable(str(base), WeightsSettings(), 24)
    [pieces] = table.pieces(["ceramic no1"])
    model = BertModel.from_pretrained(base)
    with torch.inference_mode():
        expected = model.embeddings(torch.from_numpy(pieces[None])).numpy()
        found = model.embeddings.LayerNorm(torch.from_numpy(table.embeddings([pieces]))).numpy()
    assert np.allclose(found, expected, atol=1e-6)


def test_a_base_with_other_weights_is_refused(base: Path, make: Make, toy: list[Product], tmp_path: Path) -> None:
    tagger = make("transformer", model=str(base), **{**QUICK, "epochs": 1}, train="head")
    tagger.fit(toy)
    tagger.save(tmp_path)
    about = json.loads((tmp_path / "about.json").read_text("utf-8"))
    (tmp_path / "about.json").write_text(json.dumps({**about, "base": "another"}), "utf-8")
    with pytest.raises(StaleArtifact, match="other weights"):
        make("transformer", model=str(base), **QUICK).load(tmp_path)


def test_the_asymmetric_loss_counts_sure_absences_less() -> None:
    one = torch.ones(1)
    # A product without the tag at .55: less the margin .05, .5 to the power 2, times ln 2.
    [absent] = [asymmetric_loss(torch.logit(torch.tensor([[0.55]])), torch.zeros(1, 1), one)]
    assert absent.item() == pytest.approx(0.25 * np.log(2), rel=1e-4)
    having = asymmetric_loss(torch.zeros(1, 1), torch.ones(1, 1), 2 * one)
    assert having.item() == pytest.approx(2 * np.log(2), rel=1e-4)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"train": "some"}, "full, lora, head"),
        ({"loss": "squared"}, "asymmetric, cross_entropy"),
        ({"layers": 0}, "layers must be at least 1"),
        ({"learning_rate": 0.0}, "learning_rate must be greater than 0"),
    ],
)
def test_a_setting_out_of_range_is_refused(options: dict[str, Any], line: str, make: Make) -> None:
    with pytest.raises(BadSetting, match=line):
        make("transformer", **options)

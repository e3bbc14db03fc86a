"""Tuning the sentence-transformer itself, for a few steps of the real one."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from transformers import AutoModel, AutoTokenizer

from finetune.encoders.sentence_transformer import SentenceSettings, embed, main, tune
from index.encoders.sentence_encoder import create
from index.encoders.weights import WeightsSettings
from index.errors import BadInput, BadSetting
from index.product import Product
from index.progress import silent

SETTINGS = SentenceSettings(epochs=3, batch_size=16, max_tokens=24, learning_rate=1e-3, rank=4)
KINDS = {"mug": "a thing to drink from", "lamp": "a thing that shines", "fridge": "a thing that cools"}
SHOP = [Product(f"{tag} {n}", f"{said}, number {n}", tags=(tag,)) for tag, said in KINDS.items() for n in range(6)]


def test_texts_are_embedded_as_by_the_encoder(encoder_folder: Path, weights: WeightsSettings) -> None:
    model = AutoModel.from_pretrained(str(encoder_folder)).eval()
    texts = ["超薄冰箱", "a mug, blue"]
    ours = embed(model, AutoTokenizer.from_pretrained(str(encoder_folder)), texts, SETTINGS)
    assert np.allclose(ours.detach().numpy(), create(weights).encode(texts), atol=1e-5)


@pytest.mark.slow
@pytest.mark.parametrize("rank", [4, 0])
def test_products_of_one_tag_come_nearer_and_a_store_can_take_the_folder(
    encoder_folder: Path, weights: WeightsSettings, tmp_path: Path, rank: int
) -> None:
    settings = SentenceSettings(**{**SETTINGS.__dict__, "rank": rank, "learning_rate": 1e-3 if rank else 5e-5})
    losses = tune(encoder_folder, SHOP, settings, tmp_path / "tuned", silent)
    assert len(losses) == 3
    assert losses[-1] < losses[0]
    texts = [SHOP[0].text, SHOP[1].text, SHOP[6].text]
    before = create(weights).encode(texts)
    tuned = create(weights, model=str(tmp_path / "tuned"), prefix="query: ")
    after = tuned.encode(texts)
    assert after[0] @ after[1] - after[0] @ after[2] > before[0] @ before[1] - before[0] @ before[2] + 0.01
    assert tuned.name != create(weights).name


def test_a_shop_without_tags_is_refused(encoder_folder: Path, tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="0 products have tags; at least 8 are needed"):
        tune(encoder_folder, [Product(str(n), "mug") for n in range(20)], SETTINGS, tmp_path / "tuned", silent)
    assert not (tmp_path / "tuned").exists()


@pytest.mark.parametrize("wrong", [{"epochs": 0}, {"rank": -1}, {"batch_size": 1}, {"temperature": 0.0}])
def test_what_cannot_be_trained_with_is_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(BadSetting, match=next(iter(wrong))):
        SentenceSettings(**wrong)  # type: ignore[arg-type]


def test_a_store_is_not_put_aside_for_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "catalogue.duckdb").write_bytes(b"all products")
    assert main(["--out", str(tmp_path / "shop"), str(tmp_path / "products.jsonl")]) == 2
    assert "holds other things than a model" in capsys.readouterr().err
    assert (tmp_path / "shop" / "catalogue.duckdb").exists()


def test_a_file_that_is_not_there_is_one_clear_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--out", str(tmp_path / "out"), str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl" in capsys.readouterr().err
    shutil.rmtree(tmp_path / "out", ignore_errors=True)

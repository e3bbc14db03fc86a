import json
from pathlib import Path

import numpy as np
import pytest

from finetune.products.__main__ import main
from finetune.products.encoder_folder import write_encoder
from index.encoders.sentence_encoder import create
from index.encoders.weights import E5, PRODUCTS, WeightsSettings, find
from tagger.tag_names.name_model import load_model

KINDS = ("mug", "kettle", "lamp", "chair", "rug")


def write_shop(path: Path) -> Path:
    rows = [
        {"title": f"{path.stem} {kind} number {number}", "tags": [kind, f"{path.stem} {kind}s"]}
        for number in range(12)
        for kind in KINDS
    ]
    path.write_text("\n".join(map(json.dumps, rows)), "utf-8")
    return path


@pytest.mark.slow
def test_the_program_writes_an_encoder_and_weights_for_each_group_and_for_all(
    tmp_path: Path, weights_cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write_shop(tmp_path / f"{name}.jsonl")) for name in ("red", "blue")]
    out = tmp_path / "models"
    asked = ["--out", str(out), "--steps", "3", "--no-taxonomy", "--held-out", "red", "--held-out", "blue", *files]
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["held_out"] == ["red", "blue"]
    base = find(E5, WeightsSettings(weights_cache, full=False)).folder
    texts = ["Electric kettle", "电热水壶"]
    before = create(WeightsSettings(weights_cache), model=E5, arithmetic="float32").encode(texts)
    vectors = []
    for name in ("held-out-0", "held-out-1", "e5-small-products"):
        folder = tmp_path / f"encoder-{name}"
        write_encoder(base, out / name / "model.safetensors", folder)
        encoder = create(WeightsSettings(weights_cache), model=str(folder), prefix="query: ", arithmetic="float32")
        vectors.append(encoder.encode(texts))
    for each in vectors:
        cosines = (each * before).sum(axis=1)
        assert (cosines > 0.9).all()
        assert (cosines < 0.99999).all()
    assert not np.allclose(vectors[0], vectors[1], atol=1e-5)
    for folder in (out / "names", out / "held-out-0" / "names", out / "held-out-1" / "names"):
        assert load_model(folder, f"{PRODUCTS}@x/256").projections is None
    # The first group's weights are fitted on the second.
    assert (out / "held-out-0" / "names" / "config.json").read_text() != (out / "names" / "config.json").read_text()
    assert not (tmp_path / "models.training").exists()

import json
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

from finetune.products.__main__ import main
from index.encoders.weights import PRODUCTS
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
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    files = [str(write_shop(tmp_path / f"{name}.jsonl")) for name in ("red", "blue")]
    out = tmp_path / "models"
    asked = ["--out", str(out), "--steps", "3", "--no-taxonomy", "--held-out", "red", *files]
    assert main(asked) == 0
    assert json.loads(capsys.readouterr().out)["held_out"] == ["red"]
    held_out, whole = (load_file(out / name / "model.safetensors") for name in ("held-out-0", "e5-small-products"))
    # Layers 8 to 11 were trained; the changes of others are not written.
    assert {name.split(".")[2] for name in whole} == {"8", "9", "10", "11"}
    dense = "encoder.layer.11.output.dense.weight"
    assert whole[dense].any()
    assert not np.array_equal(held_out[dense], whole[dense])
    # The weights are fitted on the group, with the encoder that has not seen it.
    model = load_model(out / "names", f"{PRODUCTS}@x/256")
    assert model.projections is None
    assert np.isfinite(model.weights).all()
    assert not (tmp_path / "models.training").exists()

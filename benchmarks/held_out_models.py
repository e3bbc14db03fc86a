"""The encoder and the names model that have not seen a set, from what `python -m finetune.products` wrote."""

import json
from pathlib import Path
from typing import Any

from finetune.products.encoder_folder import write_encoder
from index.encoders.weights import E5, WeightsSettings, find

_PREFIX = "query: "


def settings_without(models: Path, name: str, work: Path) -> dict[str, Any]:
    """Return settings that name the models trained without a set; the encoder is written to the work folder once."""
    groups = json.loads((models / "config.json").read_text("utf-8"))["held_out"]
    number = next(place for place, group in enumerate(groups) if name in group.split(","))
    encoder = work / f"encoder-{number}"
    if not encoder.is_dir():
        base = find(E5, WeightsSettings(full=False)).folder
        write_encoder(base, models / f"held-out-{number}" / "model.safetensors", encoder)
    names = str(models.resolve() / f"held-out-{number}" / "names")
    return {
        "encoder": {"options": {"model": str(encoder), "prefix": _PREFIX}},
        "taggers": {"names": {"options": {"model": names}}},
    }

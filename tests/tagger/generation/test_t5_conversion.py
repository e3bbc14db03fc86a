import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from index.encoders.weights import WeightsSettings
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.ctranslate2_engine import _convert, _convert_with_torch
from tagger.generation.t5_conversion import can_convert

ROOT = Path(__file__).parents[3]
CONVERT = """
import sys
from pathlib import Path
from index.encoders.weights import WeightsSettings
from tagger.generation.bases import T5_PRODUCTS, find_base
from tagger.generation.ctranslate2_engine import CTranslate2Writer
from tagger.generation.decoding import Decoding
writer = CTranslate2Writer(find_base(T5_PRODUCTS, WeightsSettings()), None, Decoding(), Path(sys.argv[1]))
[[written]] = writer.write(["Red cotton dress"])
heavy = ("torch", "transformers", "ctranslate2.specs", "ctranslate2.converters")
print([name for name in heavy if name in sys.modules])
"""


def files_of(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_the_files_are_those_of_a_conversion_with_torch(tmp_path: Path) -> None:
    base = find_base(T5_PRODUCTS, WeightsSettings(tmp_path))
    plain, with_torch = tmp_path / "plain", tmp_path / "torch"
    for folder, convert in ((plain, _convert), (with_torch, _convert_with_torch)):
        folder.mkdir()
        convert(base, None, folder)
    assert {"model.bin", "config.json", "shared_vocabulary.json", "tokenizer.json"} < files_of(plain).keys()
    assert files_of(plain) == files_of(with_torch)


def test_a_first_start_writes_tags_without_torch(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CONVERT, tmp_path], capture_output=True, text=True, timeout=120, check=True, cwd=ROOT
    )
    assert done.stdout == "[]\n"


@pytest.mark.parametrize(
    "change",
    [{"model_type": "mt5"}, {"scale_decoder_outputs": None}, {"is_gated_act": None}],
    ids=lambda change: next(iter(change)),
)
def test_other_bases_are_left_to_torch(tmp_path: Path, change: dict[str, str | None]) -> None:
    base = Path(shutil.copytree(find_base(T5_PRODUCTS, WeightsSettings(tmp_path)).folder, tmp_path / "base"))
    assert can_convert(base)
    config = json.loads((base / "config.json").read_text("utf-8")) | change
    (base / "config.json").write_text(json.dumps({key: value for key, value in config.items() if value is not None}))
    assert not can_convert(base)


def test_a_base_in_several_files_is_left_to_torch(tmp_path: Path) -> None:
    base = Path(shutil.copytree(find_base(T5_PRODUCTS, WeightsSettings(tmp_path)).folder, tmp_path / "base"))
    (base / "model.safetensors").rename(base / "model-00001-of-00001.safetensors")
    assert not can_convert(base)

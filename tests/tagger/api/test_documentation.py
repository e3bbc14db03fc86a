"""Every Python block in the API documentation runs and prints the documented output."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SETTINGS = """
[encoder]
plugin = "acme-pairs"

[index]
plugin = "flat"

[taggers.pairs]
enabled = false
"""


def test_the_blocks_of_the_documentation_run_in_their_order(
    plugins: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "settings.toml").write_text(SETTINGS, "utf-8")
    rows = [f"{title} {number},{tag}" for number in range(6) for title, tag in PRODUCTS]
    (tmp_path / "products.csv").write_text("\n".join(["title,tags", *rows]) + "\n", "utf-8")
    document = (ROOT / "docs/en/reference/python.md").read_text("utf-8")
    blocks = re.findall(r"^```python\n(.*?)^```", document, re.M | re.S)
    printed, namespace = [], dict[str, object]()
    for block in blocks:
        exec(compile(block, "python.md", "exec"), namespace)
        printed.append(capsys.readouterr().out.splitlines())
    first, ingested, suggested, measured, decided, files, fitted, saved, refused = printed
    assert re.fullmatch(r"冰箱 0\.\d+ True", first[0])
    assert ingested == ["1 1"]
    assert suggested == ["('kettle',) 18", "1000", "mug ['Blue', 'mug']"]
    assert measured[0] == "1 ['ece', 'macro_f1']"
    assert "Steel kettle 1.7 l" in measured[1]
    assert measured[2] == "2"
    assert "'gift'" in decided[0]
    assert decided[1] == "cup 7"
    assert files == ["18"]
    assert fitted[-1] == "fit taggers 6 6"
    assert saved == ["0 True"]
    assert refused == ["no file no-such-file.csv"]


PRODUCTS = [("超薄冰箱 450升", "冰箱"), ("Blue mug", "mug"), ("Steel kettle", "kettle")]

"""Every Python and TOML block in the documents runs."""

import re
import shutil
import tomllib
from pathlib import Path

import pytest

from index.store import Store
from tagger.load import open_pipeline
from tagger.vocabulary import read_vocabulary

ROOT = Path(__file__).resolve().parents[2]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def blocks(path: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", path.read_text("utf-8"), re.MULTILINE | re.DOTALL)


def test_the_readme_s_python_makes_a_store_of_a_file_and_prints_tags(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    products = [f"Fridge {litres} litres,fridge|kitchen\n{litres}升冰箱,冰箱|厨房\n" for litres in range(200, 240)]
    (tmp_path / "products.csv").write_text("title,tags\n" + "".join(products), "utf-8")
    [block] = blocks(ROOT / "README.md", "python")
    assert len([line for line in block.splitlines() if line]) <= 5
    exec(compile(block, "README.md", "exec"), {})
    assert any(re.fullmatch(r"冰箱 0\.\d+ True", line) for line in capsys.readouterr().out.splitlines())


def test_the_vocabulary_of_the_documentation_finds_tags_however_they_are_spelled(capsys):
    [block] = blocks(ROOT / "docs/en/explanation/vocabulary.md", "python")
    exec(compile(block, "vocabulary.md", "exec"), {})
    assert capsys.readouterr().out.splitlines() == [
        "ＫＥＴＴＬＥ is kettle",
        "Tea-Kettles is kettle",
        "燒水壺 is kettle",
        "T shirts is t-shirt",
        "gray is grey",
        "15 l is 15 l",
    ]


def test_the_table_of_the_documentation_is_a_vocabulary(tmp_path):
    [table] = re.findall(
        r"^    (tag\t.*\n(?:    .*\n)+)", (ROOT / "docs/en/explanation/vocabulary.md").read_text("utf-8"), re.MULTILINE
    )
    (tmp_path / "v.tsv").write_text(table.replace("\n    ", "\n"), "utf-8")
    assert read_vocabulary(tmp_path / "v.tsv").ancestors("kettle") == ["kitchen"]


def test_a_store_comes_back_as_the_documentation_of_the_space_says(shop, tmp_path, monkeypatch, capsys):
    shutil.copytree(shop.store.folder, tmp_path / "shop")
    monkeypatch.chdir(tmp_path)
    [block] = blocks(ROOT / "docs/en/how-to/deploy.md", "python")
    exec(compile(block, "deploy.md", "exec"), {})
    assert capsys.readouterr().out == "156\n"
    assert open_pipeline(Store.open(tmp_path / "elsewhere" / "shop")).threshold == shop.pipeline.threshold


def test_every_make_target_of_the_documentation_is_one_that_there_is():
    targets = set(re.findall(r"^([\w-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    shown = {
        target
        for path in DOCUMENTS
        for target in re.findall(r"^\$ make ([\w-]+)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert "space-upload" in shown
    assert shown <= targets


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_toml_in_the_documents_is_toml(path):
    for block in blocks(path, "toml"):
        assert tomllib.loads(block)

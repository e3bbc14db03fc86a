"""Make the packaged vocabularies from Shopify's taxonomy: python -m tools.taxonomies [FOLDER].

FOLDER has the tables `shopify_*.tsv.gz`; by default it is beside the checkout.
"""

import csv
import gzip
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tagger.vocabulary.formats.packaged import FOLDER

SHARED = Path(__file__).parents[2] / "shared" / "taxonomy"
_STEP = " > "
# Notes of the translators that stand where a description belongs.
_PLACEHOLDERS = ("？", "删除", "TODO")
# What the Chinese table confuses, by attribute if one English word has two meanings: colours that are wines (红酒), a
# plain pattern that is 坚固 (sturdy), a size too small.
_CORRECTED: Mapping[tuple[str, ...], str] = {
    ("Blue", "蓝酒"): "蓝色",
    ("Red", "红酒"): "红色",
    ("Orange", "橙酒"): "橙子",
    ("color", "Orange", "橙酒"): "橙色",
    ("color", "White", "白"): "白色",
    ("pattern", "Solid", "坚固"): "纯色",
    ("Triple extra large (XXXL)", "三加特大号 (XXL)"): "三加特大号 (XXXL)",
}

Row = Mapping[str, str]
Category = tuple[str, int | None, str, str, list[int]]


def shopify(folder: Path) -> dict[str, object]:
    """Return categories, attributes as facets, and values; numbers refer to earlier rows."""
    attributes = _rows(folder / "shopify_attributes_full.tsv.gz")
    numbers = {each["id"]: number for number, each in enumerate(attributes)}
    lends = {each["id"]: each["same_values_as"] or each["id"] for each in attributes}
    categories = _tree(
        (each["id"], each["path_en"], each["path_zh"], _numbers(each["attributes"], lends, numbers))
        for each in _rows(folder / "shopify_categories_full.tsv.gz")
    )
    values = _rows(folder / "shopify_attribute_values_full.tsv.gz")
    return {
        "categories": categories,
        "facets": [
            [each["name_en"], each["name_zh"], _text(each["description_en"]), _text(each["description_zh"])]
            for each in attributes
        ],
        "values": [[numbers[each["attribute"]], each["name_en"], _chinese(each)] for each in values],
    }


def google(folder: Path) -> dict[str, object]:
    """Return the categories that Shopify's are mapped to; Chinese names are those of Shopify's equal English ones."""
    rows = _rows(folder / "shopify_to_google.tsv.gz")
    chinese = _chinese_names(_rows(folder / "shopify_categories_full.tsv.gz"))
    named = {each["google_path_en"]: each["google_id"] for each in rows}
    paths = {_STEP.join(steps[:depth]) for steps in (path.split(_STEP) for path in named) for depth in _depths(steps)}
    return {
        "categories": _tree(
            (named.get(path, path), path, _STEP.join(chinese.get(step, "") for step in path.split(_STEP)), [])
            for path in sorted(paths)
        ),
        "facets": [],
        "values": [],
    }


def _chinese(value: Row) -> str:
    key = (value["name_en"], value["name_zh"])
    return _CORRECTED.get((value["attribute"], *key)) or _CORRECTED.get(key) or value["name_zh"]


def _numbers(names: str, lends: Mapping[str, str], numbers: Mapping[str, int]) -> list[int]:
    """Return the attributes of a category: each as the one that its values are listed under."""
    return list(dict.fromkeys(numbers[lends[name]] for name in names.split("|") if name))


def _tree(nodes: Iterable[tuple[str, str, str, list[int]]]) -> list[Category]:
    """Return the nodes with the number of their parent and the last step of their paths, parents first."""
    found: list[Category] = []
    places: dict[str, int] = {}
    for id, en, zh, attributes in sorted(nodes, key=lambda node: node[1].split(_STEP)):
        above = en.rpartition(_STEP)[0]
        places[en] = len(found)
        found.append((id, places[above] if above else None, _last(en), _last(zh), attributes))
    return found


def _chinese_names(categories: Iterable[Row]) -> dict[str, str]:
    """Return the Chinese name of each English one; the name nearest to the top counts."""
    found: dict[str, str] = {}
    for each in sorted(categories, key=lambda each: int(each["level"])):
        found.setdefault(_last(each["path_en"]), _last(each["path_zh"]))
    return found


def _depths(steps: Sequence[str]) -> range:
    return range(1, len(steps) + 1)


def _last(path: str) -> str:
    return path.rpartition(_STEP)[2]


def _text(description: str) -> str:
    return "" if any(mark in description for mark in _PLACEHOLDERS) else description


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


def read(name: str) -> object:
    """Return what a packaged file holds."""
    return json.loads(gzip.decompress((FOLDER / f"{name}.json.gz").read_bytes()))


def _write(name: str, content: object) -> None:
    text = json.dumps(content, ensure_ascii=False, separators=(",", ":"))
    # No time stamp: the file changes only with its content.
    (FOLDER / f"{name}.json.gz").write_bytes(gzip.compress(text.encode(), 9, mtime=0))


if __name__ == "__main__":
    source = Path(sys.argv[1]) if len(sys.argv) > 1 else SHARED
    _write("shopify", shopify(source))
    _write("google", google(source))

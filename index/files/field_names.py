"""The names that shops give to the columns of a product's fields."""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

# Earlier names win.
NAMES: Final[Mapping[str, Sequence[str]]] = {
    "id": (
        "id", "sku", "product_id", "item_id", "item_sku", "seller_sku", "product_code", "code", "handle",
        "编号", "商品编号", "商品id", "货号",
        "商品编码", "編號", "商品編號", "artikelnummer", "référence", "referencia", "商品番号", "商品コード",
    ),
    "title": (
        "title", "name", "product_name", "product_title", "item_name", "product", "标题", "商品标题", "名称",
        "商品名称", "品名", "宝贝名称", "标题名称", "商品名", "名稱", "商品名稱", "標題",
        "produktname", "bezeichnung", "nom", "titre", "nombre", "título", "nome",
    ),
    "description": (
        "description", "desc", "details", "body", "body_(html)", "body_html", "product_description", "long_description",
        "描述", "商品描述", "详情", "简介", "宝贝描述", "商品详情", "商品介绍", "說明", "商品說明",
        "beschreibung", "descripción", "descrizione", "説明", "商品説明",
    ),
    "lang": ("lang", "language", "locale", "语言", "語言"),
    "tags": (
        "tags", "labels", "tag", "keywords", "categories", "category", "product_tags", "标签", "商品标签", "关键词",
        "类目", "分类", "宝贝分类", "標籤", "分類",
        "schlagwörter", "stichwörter", "kategorien", "mots_clés", "étiquettes", "catégories", "etiquetas", "categorías",
        "タグ", "カテゴリ",
    ),
}  # fmt: skip
_TITLES: Final = frozenset(NAMES["title"]) - {"product"}
_ALL: Final = frozenset(name for names in NAMES.values() for name in names)
# Amazon writes item_name[language_tag=en_US]#1.value.
_SELECTOR: Final = re.compile(r"[\[#].*")
_TITLE_WORDS: Final = frozenset({"title", "name", "product", "item", "article", "label", "headline"})


def plain(name: str) -> str:
    """Return a column's name without case, surrounding space and word separators."""
    return "_".join(name.strip().casefold().replace("-", " ").replace("_", " ").split())


def is_header(cells: Iterable[str]) -> bool:
    """Tell whether one of the cells is the name of a column of titles."""
    return any(_bare(cell) in _TITLES for cell in cells)


def is_second_header(cells: Iterable[str]) -> bool:
    """Tell whether a line after the header names columns again: that of the titles and another one."""
    names = set(map(_bare, cells))
    return not names.isdisjoint(_TITLES) and len(names & _ALL) > 1


def _bare(cell: str) -> str:
    return plain(_SELECTOR.sub("", cell))


def guess_columns(columns: Iterable[str]) -> dict[str, str]:
    """Guess which column holds which field; a field without a column is left out."""
    by_name = {plain(column): column for column in reversed(list(columns))}
    found = {field: next((by_name[name] for name in names if name in by_name), "") for field, names in NAMES.items()}
    return {field: column for field, column in found.items() if column}


def likely_title(columns: Sequence[str]) -> str:
    """Return the column that is most likely to hold the titles although no shop calls it so."""
    words = [set(plain(column).split("_")) for column in columns]
    named = (column for column, own in zip(columns, words, strict=True) if own & _TITLE_WORDS)
    chinese = (column for column in columns if any(sign in column for sign in "名题題"))
    return next(named, next(chinese, columns[0]))

"""Exports of shops on Taobao, Tmall, JD and Pinduoduo: Chinese columns, and marks of full width."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from index.files.dialects.attributes import distinct, pairs, values_in
from index.files.dialects.base import Row
from index.files.dialects.shop import Shop, TagSource
from index.files.tag_splitting import BARS, COMMAS, TagSplit
from index.product import Attribute
from index.text.cleaning import clean
from index.text.plain_characters import plain_characters
from index.text.scripts import HAN

_PROPERTIES = ("宝贝属性", "商品属性", "扩展属性", "销售属性", "属性", "规格", "规格属性", "商品参数", "销售属性组合")
_ATTRIBUTES = (
    "颜色分类",
    "颜色",
    "尺码",
    "尺寸",
    "材质",
    "品牌",
    "风格",
    "适用人群",
    "适用季节",
    "图案",
    "面料",
    "款式",
)


def _attributes(rows: Sequence[Row]) -> list[Attribute]:
    return distinct(each for row in rows for each in _of_row(row))


def _of_row(row: Row) -> Iterator[Attribute]:
    for name in _ATTRIBUTES:
        yield from values_in(name, row.get(name))
    for name in _PROPERTIES:
        if isinstance(cell := row.get(name), str):
            yield from _properties(cell)


def _properties(cell: str) -> Iterator[Attribute]:
    """Yield the attributes in `颜色：红色；尺码：L`. Pairs of numbers refer to lists of the shop, and say nothing."""
    text = plain_characters(clean(cell)).replace("、", "|").replace("\n", ";")
    between = ";" if ";" in text else ("," if "," in text else ";")
    for name, values in pairs(text, between, ":", "|"):
        yield from (Attribute(name, value) for value in values if value and not name.isdecimal())


_MARKS = TagSplit(BARS + COMMAS)
_HAN_WORDS = re.compile(rf"(?:[{HAN}]+\s+)+[{HAN}]+")


@dataclass(frozen=True)
class _Marked:
    """Tags between marks of any width. Numbers are none: they refer to categories of the shop."""

    path: str = ""

    def tags(self, cell: str) -> list[Any]:
        """Return the tags of a cell; words in Chinese with spaces between them are one tag each."""
        found = [part for tag in _MARKS.tags(cell) for part in self._parts(str(tag))]
        return [tag for tag in dict.fromkeys(found) if tag and not tag.isdecimal()]

    def join(self, tags: Sequence[str]) -> str:
        """Return the cell with these tags."""
        return _MARKS.join(tags)

    def _parts(self, tag: str) -> list[str]:
        if _HAN_WORDS.fullmatch(tag):
            return tag.split()
        return [part.strip() for part in tag.split(self.path)] if self.path else [tag]


_TAGS = _Marked()
_CATEGORIES = _Marked("/")
CHINESE_SHOPS = Shop(
    name="chinese-shops",
    columns={
        "id": ("商家编码", "商品编码", "宝贝id", "商品id", "商品编号", "sku编码", "数字id", "货号"),
        "title": ("宝贝名称", "宝贝标题", "商品名称", "商品标题"),
        "description": ("宝贝描述", "宝贝详情", "商品描述", "商品详情", "商品介绍", "宝贝卖点", "商品卖点", "卖点"),
    },
    required=(
        ("宝贝名称", "宝贝标题", "商品名称", "商品标题"),
        # Other tables have a name and tags in Chinese too; how these are separated is found out for each.
        ("宝贝名称", "宝贝标题", "宝贝类目", "宝贝属性", "宝贝描述", "店铺类目", "商家编码", "京东价",
         "sku编码", "一级类目", "颜色分类", "商品属性", "扩展属性", "销售属性", "销售属性组合", "商品卖点"),
    ),
    typical=frozenset({"宝贝名称", "宝贝标题", "商品名称", "商家编码", "商品编码", "宝贝类目",
                       "店铺类目", "商品分类", "宝贝价格", "宝贝数量", "宝贝描述",
                       "宝贝属性", "商品描述", "京东价", "市场价", "品牌"}),
    tags=(
        TagSource(("宝贝标签", "商品标签", "标签", "关键词", "搜索关键词"), _TAGS),
        TagSource(("宝贝类目", "商品类目", "所属类目", "类目", "商品分类"), _CATEGORIES),
        TagSource(("店铺类目", "宝贝分类", "店铺分类", "店内分类"), _CATEGORIES),
        TagSource(("一级类目",), _CATEGORIES),
        TagSource(("二级类目",), _CATEGORIES),
        TagSource(("三级类目",), _CATEGORIES),
    ),
    patterns=(*_PROPERTIES, *_ATTRIBUTES),
    attributes=_attributes,
)  # fmt: skip

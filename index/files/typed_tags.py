"""Tags that say the value of an attribute: `colour=red`, `Colour: Red`, `颜色：红`."""

import re
from collections.abc import Mapping
from typing import Final

from index.product import Attribute
from index.text.folding import fold

# Attributes that shops write into tags. Before a colon, another name must occur with several values.
KNOWN_NAMES: Final = frozenset({
    "colour", "color", "size", "material", "brand", "gender", "pattern", "style", "season", "occasion", "fit", "type",
    "颜色", "颜色分类", "尺码", "尺寸", "材质", "品牌", "风格", "款式", "季节", "适用季节", "图案", "适用人群", "性别",
    "面料", "产地",
})  # fmt: skip
_NAME: Final = r"[^\W\d_][\w .()&/-]{0,39}?"
# A colon before a slash belongs to an address, one between digits to a time or a scale.
_TYPED: Final = re.compile(rf"\s*(?P<name>{_NAME})\s*(?P<mark>=|：|:(?![/:]))\s*(?P<value>[^=:：\s][^=：]*)")


def typed(tag: str) -> tuple[str, str, bool] | None:
    """Return the name and the value in a tag, and whether an equals sign is between them; `None` if it has no form."""
    if "=" not in tag and ":" not in tag and "：" not in tag:
        return None
    found = _TYPED.fullmatch(tag)
    return (found["name"], found["value"].strip(), found["mark"] == "=") if found else None


def attribute_in(tag: str, names: Mapping[str, str]) -> Attribute | None:
    """Return the attribute that a tag says if its name is one of `names`, by their folded names."""
    found = typed(tag) if names else None
    name = names.get(fold(found[0])) if found else None
    return Attribute(name, found[1]) if found and name else None

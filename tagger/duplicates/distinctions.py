"""What tells two products with like titles apart: quantities, counts, model numbers, colours, materials and the like.

Two titles differ in a property if each says something about it that the other one does not: 1.5 l and 1.7 l, red and
blue. A title that says nothing about it may still mean the same product.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from index.text.normal_form import NormalText

# In the normal form: singular, American, simplified. Of ideographs the first one that fits counts, so that longer names
# come first.
_PROPERTIES: Final = {
    "colour": (
        "black white red blue green yellow orange purple pink brown gray beige ivory gold silver navy "
        "turquoise teal violet coral ruby plum burgundy khaki olive cream charcoal rose cyan magenta "
        "lavender transparent clear multicolor 米白 乳白 玫红 正红 酒红 粉红 橘红 桃红 天蓝 深蓝 浅蓝 藏青 "
        "军绿 墨绿 浅灰 深灰 豆沙 原木 胡桃木 咖啡色 卡其 香槟 玫瑰金 透明 黑 白 红 蓝 绿 黄 橙 橘 紫 粉 棕 "
        "褐 灰 金色 银色 杏色 米色"
    ),
    "size": (
        "xs s m l xl 2xl 3xl 4xl 5xl 6xl small medium large mini jumbo king queen twin double single travel "
        "特大号 加大号 大号 中号 小号 均码 中长款 加长款 长款 短款 迷你"
    ),
    "gender": "man woman boy girl unisex 男 女",
    "age": ("baby infant toddler kid child adult puppy kitten senior 婴儿 幼儿 儿童 成人 老年 幼犬 成犬 幼猫 成猫"),
    "material": (
        "leather suede canvas cotton linen wool silk satin velvet polyester nylon denim wood wooden steel "
        "bamboo plastic glass ceramic porcelain copper iron aluminum titanium silicone rubber marble 真皮 "
        "头层牛皮 帆布 纯棉 棉麻 亚麻 羊毛 羊绒 真丝 涤纶 尼龙 牛仔 实木 竹 塑料 玻璃 陶瓷 不锈钢 铸铁 "
        "铝合金 钛 硅胶 橡胶 大理石"
    ),
    "taste or scent": (
        "lavender rose vanilla chocolate strawberry banana blueberry raspberry cherry lemon mint peppermint "
        "coconut caramel hazelnut cinnamon ginger apple mango peach sandalwood jasmine eucalyptus cedar "
        "chicken beef salmon tuna lamb turkey duck 香草 巧克力 草莓 蓝莓 树莓 樱桃 柠檬 薄荷 椰子 焦糖 榛子 "
        "生姜 苹果 芒果 蜜桃 檀香 茉莉 薰衣草 玫瑰 桂花 鸡肉 牛肉 三文鱼 金枪鱼 羊肉 鸭肉 原味"
    ),
    "light or roast": "warm cool light dark 暖光 冷光 暖白 冷白 浅烘 中烘 深烘",
    "side": "left right front rear 左 右 前 后",
    "generation": "pro max plus lite ultra air se",
    "connector": "usb lightning hdmi displayport vga",
    "care": "去屑 柔顺 控油 防脱 滋养 保湿 美白",
}
# Words that have the name of a property in them, and say nothing about it.
_OTHERS: Final = ("蓝牙", "红外", "黑科技", "白领", "绿色食品", "左右", "前后")
_NAMES: Final = sorted({name for names in _PROPERTIES.values() for name in names.split()})
_KINDS_OF: Final = {name: [kind for kind, names in _PROPERTIES.items() if name in names.split()] for name in _NAMES}
# Other names of the same.
_SAME: Final = {"wooden": "wood", "transparent": "clear", "橘": "橙", "橘红": "橙", "褐": "棕", "kid": "child"}
_IDEOGRAPHS: Final = re.compile(
    "|".join(sorted((*_OTHERS, *(name for name in _NAMES if not name.isascii())), key=lambda name: (-len(name), name)))
)
_COUNTS: Final = {
    "two": 2.0, "three": 3.0, "four": 4.0, "five": 5.0, "six": 6.0, "seven": 7.0, "eight": 8.0, "nine": 9.0,
    "ten": 10.0, "twelve": 12.0, "dozen": 12.0,
    "两": 2.0, "二": 2.0, "双": 2.0, "三": 3.0, "四": 4.0, "五": 5.0, "六": 6.0, "八": 8.0, "十": 10.0,
}  # fmt: skip
_COUNTED: Final = re.compile("([两二双三四五六八十])(?=[个件条支只片张包袋瓶罐盒桶箱枚颗粒人台套层])")
_QUANTITY: Final = re.compile(r"(\d+(?:\.\d+)?)([a-z]*)")
# Units with how many of the smaller unit they are.
_SCALES: Final = {
    "l": ("ml", 1000.0), "kg": ("g", 1000.0), "m": ("cm", 100.0), "mm": ("cm", 0.1), "tb": ("gb", 1000.0),
    "kw": ("w", 1000.0), "mb": ("gb", 0.001), "ft": ("inch", 12.0),
}  # fmt: skip
_OTHER_UNITS: Final = "v mah wh hz mhz ghz mp oz lb px rpm lm km"
_UNITS: Final = frozenset({*_SCALES, *(unit for unit, _ in _SCALES.values()), *_OTHER_UNITS.split()})


@dataclass(frozen=True)
class Amount:
    """A number as it is written, with its unit, empty for none; or a name with digits in it, such as x200."""

    number: float = 0.0
    unit: str = ""
    name: str = ""

    def fits(self, other: "Amount") -> bool:
        """Tell whether two amounts may be the same; a number without a unit fits any unit."""
        if self.name or other.name:
            return self.name == other.name
        if not (self.unit and other.unit):
            return self.number == other.number
        (unit, scale), (other_unit, other_scale) = (_SCALES.get(each, (each, 1.0)) for each in (self.unit, other.unit))
        return unit == other_unit and math.isclose(self.number * scale, other.number * other_scale)


@dataclass(frozen=True)
class Distinctions:
    """What a title says about the properties that tell products apart."""

    amounts: frozenset[Amount]
    properties: frozenset[tuple[str, str]]

    def tell_apart(self, other: "Distinctions") -> bool:
        """Tell whether the titles contradict one another."""
        if _unmatched(self.amounts, other.amounts) and _unmatched(other.amounts, self.amounts):
            return True
        mine, theirs = self.properties - other.properties, other.properties - self.properties
        return not {kind for kind, _ in mine}.isdisjoint(kind for kind, _ in theirs)


def _unmatched(amounts: frozenset[Amount], others: frozenset[Amount]) -> bool:
    return any(not any(each.fits(other) for other in others) for each in amounts)


def distinctions_of(form: NormalText) -> Distinctions:
    """Return what a title says, given in its normal form."""
    return Distinctions(frozenset(_amounts(form)), frozenset(_properties(form)))


def _amounts(form: NormalText) -> Iterator[Amount]:
    for word, han in zip(form.words, form.han, strict=True):
        if han:
            yield from (Amount(_COUNTS[found]) for found in _COUNTED.findall(word))
        elif word in _COUNTS:
            yield Amount(_COUNTS[word])
        elif any(character.isdigit() for character in word):
            yield _amount(word)


def _amount(word: str) -> Amount:
    found = _QUANTITY.fullmatch(word)
    if found is None or (found[2] and found[2] not in _UNITS):
        return Amount(name=word)
    return Amount(float(found[1]), found[2])


def _properties(form: NormalText) -> Iterator[tuple[str, str]]:
    for word, han in zip(form.words, form.han, strict=True):
        names = _IDEOGRAPHS.findall(word) if han else [word]
        yield from ((kind, _SAME.get(name, name)) for name in names for kind in _KINDS_OF.get(name, ()))

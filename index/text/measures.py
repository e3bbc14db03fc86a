"""Write quantities in one way: 1,7 l as 1.7l, 200 × 200 as 200x200, XXXL as 3xl."""

import re
from typing import Final

from index.text.scripts import HAN_BASIC

# Units with their other spellings. Missing are words that mean something else after a number: "in" (2 in 1), "a" (3 a
# day), pounds of money.
_UNITS = {
    "l": "liter liters litre litres ltr 公升", "ml": "mls milliliter milliliters millilitre millilitres 毫升",
    "cl": "centiliter centiliters centilitre centilitres", "oz": "ounce ounces 盎司",
    "g": "gm gms gram grams gramme grammes", "mg": "milligram milligrams 毫克",
    "kg": "kgs kilo kilos kilogram kilograms kilogramme kilogrammes 公斤 千克", "lb": "lbs",
    "mm": "millimeter millimeters millimetre millimetres 毫米", "m": "meter meters metre metres",
    "cm": "cms centimeter centimeters centimetre centimetres 厘米 公分", "inch": 'inches 英寸 "', "ft": "",
    "km": "kilometer kilometers kilometre kilometres", "w": "watt watts", "kw": "kilowatt kilowatts 千瓦",
    "v": "volt volts", "mah": "毫安时 毫安", "wh": "", "hz": "hertz 赫兹", "khz": "", "mhz": "", "ghz": "", "mb": "",
    "gb": "", "tb": "", "mp": "megapixel megapixels", "px": "", "db": "", "rpm": "", "lm": "lumen lumens",
    "xl": "", "xs": "",
}  # fmt: skip
# After a number these are units only if no ideograph follows: 5升 is a volume, but not in 5升级.
_SHORT_UNITS = {"升": "l", "克": "g", "米": "m", "瓦": "w"}
_UNIT_OF = {name: unit for unit, names in _UNITS.items() for name in (unit, *names.split())} | _SHORT_UNITS

_AMOUNT = r"\d+(?:[.,:/~-]\d+)*"
_LETTERS = "|".join(sorted((name for name in _UNIT_OF if name.isascii() and name.isalpha()), key=len, reverse=True))
_IDEOGRAPHS = "|".join(name for name in sorted(_UNIT_OF, key=len, reverse=True) if not name.isascii() and len(name) > 1)
# Patterns for folded text. The unit is the last thing in each, and no letter or digit may follow it.
_UNIT = (
    rf'(?:(?:[ -]?(?:{_LETTERS})(?![^\W_{HAN_BASIC}]))|"(?!\w)|'
    rf" ?(?:{_IDEOGRAPHS})| ?[{''.join(_SHORT_UNITS)}](?![{HAN_BASIC}]))"
)
MEASURE: Final = rf"{_AMOUNT}{_UNIT}"
_SIDE = r"\d+(?:[.,]\d+)?"
DIMENSIONS: Final = rf"{_SIDE}(?: ?[x×*] ?{_SIDE})+(?:{_UNIT}|(?![^\W_{HAN_BASIC}]))"

_BY = re.compile(r"(?<=\d) ?[x×*] ?(?=\d)")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}(?!\d))")
_DECIMAL_COMMA = re.compile(r"(?<=\d),(?=\d{1,2}(?!\d))")
_NUMBER_AND_UNIT = re.compile(rf"(.*?\d)[ -]?({_LETTERS}|[^\d .-]+)?", re.DOTALL)
_EXTRA = re.compile(r"(x{2,})([ls])")


def plain_quantity(text: str) -> str:
    """Return a folded text that matched `MEASURE` or `DIMENSIONS` in its plain spelling."""
    joined = _BY.sub("x", text)
    found = _NUMBER_AND_UNIT.fullmatch(joined)
    assert found, "a quantity ends in a number or a unit"
    number = _DECIMAL_COMMA.sub(".", plain_number(found[1]))
    return f"{number}{_UNIT_OF[found[2]] if found[2] else ''}"


def plain_number(text: str) -> str:
    """Return a number without commas between thousands."""
    return _THOUSANDS.sub("", text) if "," in text else text


def plain_size(word: str) -> str:
    """Return a size such as xxl as 2xl; any other word is returned as it is."""
    found = _EXTRA.fullmatch(word)
    return f"{len(found[1])}x{found[2]}" if found else word

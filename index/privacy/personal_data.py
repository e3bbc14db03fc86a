"""Find e-mail addresses, telephone, ID and card numbers in Chinese and English texts.

Numbers are believed by their check digits, telephone numbers by the numbering plans of `phonenumbers`. Products are
full of other numbers (EAN codes, sizes, prices, models), so the words before a number count as well.
"""

import re
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

from index.errors import MissingDependency

Kind = Literal["email", "phone", "id", "card"]
KINDS: Final[tuple[Kind, ...]] = get_args(Kind)
# The countries whose telephone numbers are known without their country code.
_REGIONS: Final = ("CN", "US", "GB")

_EMAIL: Final = re.compile(r"[A-Za-z0-9](?:[\w.%+-]{0,63})@(?:[A-Za-z0-9-]+\.)+[A-Za-z]{2,24}(?![A-Za-z0-9])", re.ASCII)
# A hyphen or a space may stand between groups of digits.
_CARD: Final = re.compile(r"(?<![\d.-])\d(?:[ -]?\d){13,18}(?![\d-]|\.\d)")
# The first digits of Visa, Mastercard, American Express, Discover, JCB and UnionPay, by the number of all digits.
_ISSUERS: Final = {
    15: re.compile(r"3[47]"),
    16: re.compile(r"4|5[1-5]|2(?:22[1-9]|2[3-9]|[3-6]|7[01]|720)|6011|65|35(?:2[89]|[3-8])|62"),
    17: re.compile(r"62"),
    18: re.compile(r"62"),
    19: re.compile(r"62|4"),
}
_CHINESE_ID: Final = re.compile(r"(?<![\dA-Za-z])[1-9]\d{5} ?(?:19|20)\d{6} ?\d{3}[\dXx](?![\dA-Za-z])")
_SSN: Final = re.compile(r"(?<![\dA-Za-z-])\d{3}-\d{2}-\d{4}(?![\dA-Za-z-])")
_IBAN: Final = re.compile(r"(?<![A-Z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])")

_BEFORE: Final = 24
_CALLS: Final = re.compile(
    r"(?:\b(?:tel|telephone|phone|call|mobile|cell|fax|hotline|whatsapp|contact|text|dial|reach|sms)\b"
    r"|电话|手机|热线|联系|致电|微信|传真|客服|咨询|座机|来电|拨打)[^\d+(]{0,12}[+(]?$",
    re.IGNORECASE,
)
_NAMES_A_CODE: Final = re.compile(
    r"(?:\b(?:part|model|item|order|sku|ean|upc|isbn|gtin|serial|ref|style|lot|batch|asin|size|dimensions?|no|number|code"
    r"|article|cat|version|patent|barcode|mpn|p/n|s/n)\b"
    r"|型号|货号|编号|条码|条形码|尺寸|规格|订单|款号|批号|序列号|专利|编码|订货号|物料|国标|标准)[^\d]{0,8}$",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class PersonalData:
    """Personal data in a text: its kind, and its place as indices of characters."""

    start: int
    end: int
    kind: Kind


def find(text: str, kinds: Collection[Kind] = KINDS) -> list[PersonalData]:
    """Return the personal data of these kinds in a text, in order; what lies inside other data is left out.

    Raises `MissingDependency` without the libraries of the extra `privacy`.
    """
    found: list[PersonalData] = []
    for kind, finder in _FINDERS.items():
        if kind not in kinds:
            continue
        for start, end in finder(text):
            if all(end <= each.start or each.end <= start for each in found):
                found.append(PersonalData(start, end, kind))
    return sorted(found, key=lambda each: each.start)


def _emails(text: str) -> Iterator[tuple[int, int]]:
    if "@" in text:
        yield from (match.span() for match in _EMAIL.finditer(text))


def _cards(text: str) -> Iterator[tuple[int, int]]:
    luhn = _library("stdnum.luhn")
    for match in _CARD.finditer(text):
        digits = re.sub(r"\D", "", match[0])
        issuer = _ISSUERS.get(len(digits))
        if issuer and issuer.match(digits) and luhn(digits) and not _names_a_code(text, match.start()):
            yield match.span()


def _ids(text: str) -> Iterator[tuple[int, int]]:
    # The library's list of Chinese counties lacks many, so the date and the check digit must do.
    for pattern, library in ((_CHINESE_ID, "stdnum.iso7064.mod_11_2"), (_SSN, "stdnum.us.ssn"), (_IBAN, "stdnum.iban")):
        valid = _library(library)
        for match in pattern.finditer(text):
            number = match[0].replace(" ", "").upper()
            dated = pattern is not _CHINESE_ID or _is_date(number[6:14])
            if dated and valid(number) and not _names_a_code(text, match.start()):
                yield match.span()


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _phones(text: str) -> Iterator[tuple[int, int]]:
    if sum(character.isdecimal() for character in text) < 7:
        return
    try:
        from phonenumbers import Leniency, PhoneNumberMatcher
    except ImportError as error:
        raise MissingDependency("privacy.no-library") from error
    for region in _REGIONS:
        for match in PhoneNumberMatcher(text, region, leniency=Leniency.VALID):
            if _is_called(text, match.start, match.raw_string, region):
                yield match.start, match.end


def _is_called(text: str, start: int, written: str, region: str) -> bool:
    """Tell whether a valid number is meant as a telephone number, by its form and the words before it."""
    before = text[max(0, start - _BEFORE) : start]
    if written.startswith("+") or _CALLS.search(before):
        return True
    if _NAMES_A_CODE.search(before):
        return False
    if region == "CN":
        digits = re.sub(r"\D", "", written)
        mobile = len(digits) == 11 and digits[0] == "1" and written[0] == "1"
        return mobile or bool(re.fullmatch(r"\(?0\d{2,3}\)?[ -]\d{3,4}[ -]?\d{4}|[48]00-\d{3}-?\d{4}", written))
    grouped = (
        r"\(\d{3}\) ?\d{3}-\d{4}|(?:1-)?\d{3}-\d{3}-\d{4}" if region == "US" else r"\(?0\d{2,4}\)? \d{3,4} \d{3,6}"
    )
    return bool(re.fullmatch(grouped, written))


def _names_a_code(text: str, start: int) -> bool:
    return bool(_NAMES_A_CODE.search(text[max(0, start - _BEFORE) : start]))


def _library(name: str) -> Callable[[str], bool]:
    from importlib import import_module

    try:
        valid: Callable[[str], bool] = import_module(name).is_valid
    except ImportError as error:
        raise MissingDependency("privacy.no-library") from error
    return valid


_FINDERS: Final[dict[Kind, Callable[[str], Iterator[tuple[int, int]]]]] = {
    "email": _emails,
    "id": _ids,
    "card": _cards,
    "phone": _phones,
}

"""Fold traditional to simplified Chinese, and variant spellings of words to one."""

import re
import threading
from functools import cache
from typing import Any

from index.text.scripts import HAN

_HAN = re.compile(f"[{HAN}]+")
# Variant spellings that are not a difference between simplified and traditional script.
_VARIANTS = {
    "其它": "其他", "吉它": "吉他", "手炼": "手链", "项炼": "项链", "拉炼": "拉链", "炼条": "链条", "座垫": "坐垫",
    "姊": "姐", "黏": "粘", "菸": "烟", "揹": "背", "薰": "熏", "枱": "台", "帐蓬": "帐篷", "账篷": "帐篷",
    "图象": "图像", "录象": "录像", "摄象": "摄像", "磨沙": "磨砂", "咖哩": "咖喱", "化装包": "化妆包",
    "作旧": "做旧",
}  # fmt: skip
_VARIANT = re.compile("|".join(_VARIANTS))
# The characters of GB 2312, the standard of simplified Chinese, that OpenCC replaces in some words. It also replaces a
# lone 么, which is no word of simplified texts, where 什么 is one of the commonest.
_AMBIGUOUS = re.compile("[乾吒夥後徵拚捱摺於榘菸著薹袷醣麴麽沈坏哩藉覆]")
_LOCK = threading.Lock()


def simplify(text: str) -> str:
    """Return the text in simplified characters and standard spellings; OpenCC resolves ambiguous characters by word."""
    ideographs = "".join(_HAN.findall(text))
    if not ideographs:
        return text
    if not _is_simplified(ideographs):
        with _LOCK:
            for converter in _converters():
                text = converter.convert(text)
    return _VARIANT.sub(lambda found: _VARIANTS[found[0]], text)


def _is_simplified(ideographs: str) -> bool:
    """Return whether OpenCC would change nothing; most texts are told at a glance, without loading it."""
    try:
        ideographs.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return not _AMBIGUOUS.search(ideographs)


@cache
def _converters() -> tuple[Any, ...]:
    """Return OpenCC's converters: first for Taiwan's characters, then for those that only Hong Kong uses."""
    import opencc

    return opencc.OpenCC("tw2s"), opencc.OpenCC("hk2s")

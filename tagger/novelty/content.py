"""Recognise texts that say nothing about a product: signs, digits, placeholders, filler text."""

import re
from collections.abc import Callable, Collection

from index.text.folding import fold

_LETTERS = re.compile(r"[^\W\d_]+")
_EMPTY = """
nan none null nil na undefined unknown untitled tbd todo test testing blank empty qwerty asdf asdfgh foo bar baz
无 暂无 没有 空 空白 未知 待定 待补充 未填写 测试 占位
"""
_FILLER = """
lorem ipsum dolor sit amet consectetur adipiscing elit sed do eiusmod tempor incididunt ut labore et dolore magna aliqua
enim ad minim veniam quis nostrud exercitation ullamco laboris nisi aliquip ex ea commodo consequat duis aute irure in
reprehenderit voluptate velit esse cillum eu fugiat nulla pariatur excepteur sint occaecat cupidatat non proident sunt
culpa qui officia deserunt mollit anim id est laborum
"""
_PLACEHOLDERS = frozenset(_EMPTY.split())
_LOREM = frozenset(_FILLER.split())
# Some of these words are words of other languages too: this many of them, or the first two, make it filler text.
_LEAST_LOREM = 4
_LOREM_SHARE = 0.6
_REPEATED = 3


def says_nothing(text: str, names_tag: Callable[[str], bool] = lambda text: False) -> bool:
    """Tell whether a text has no words about a product; a text that names a tag says something in any case."""
    words = _LETTERS.findall(fold(text))
    return (all(map(_is_empty, words)) or _is_filler(words)) and not names_tag(text)


def _is_empty(word: str) -> bool:
    repeats = len(word) >= _REPEATED and len(set(word)) == 1
    return repeats or word in _PLACEHOLDERS or (len(word) == 1 and word.isascii())


def _is_filler(words: Collection[str]) -> bool:
    found = _LOREM.intersection(words)
    enough = {"lorem", "ipsum"} <= found or len(found) >= _LEAST_LOREM
    return enough and sum(word in _LOREM for word in words) >= _LOREM_SHARE * len(words)

"""Writing systems as character ranges, after Unicode's blocks (Blocks.txt of Unicode 14).

Use the string constants inside the brackets of a regular expression: `re.compile(f"[{HAN}]+")`.
"""

Ranges = tuple[tuple[int, int], ...]

# CJK Unified Ideographs Extension A, CJK Unified Ideographs, CJK Compatibility Ideographs.
_BASIC_RANGES: Ranges = ((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))
# Adds Extensions B to G, with the Compatibility Ideographs Supplement among them.
HAN_RANGES: Ranges = (*_BASIC_RANGES, (0x20000, 0x3134F))


def _class(ranges: Ranges) -> str:
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in ranges)


HAN = _class(HAN_RANGES)
# Saved models count words and character runs of this class; the rarer ideographs count as letters of other scripts.
HAN_BASIC = _class(_BASIC_RANGES)
# Hiragana and Katakana without the middle dot, which Chinese uses in foreign names too; Hangul.
KANA_OR_HANGUL = "\u3040-\u30fa\u30fc-\u30ff\u31f0-\u31ff\u1100-\u11ff\u3130-\u318f\uac00-\ud7af"
# Characters about as wide as an ideograph, including symbols and other East Asian scripts. The T5 that ships was
# trained on prompts that were cut by this width.
WIDE = "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"

"""Find the encoding of a file: the whole file is read, and two encodings that fit alike are both named."""

import codecs
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from index.files.encodings.plausibility import cost_of, is_broken

# Each with what it costs in nats, as a prior: an encoding that few shops use needs more evidence.
_CANDIDATES: Final = {
    "gb18030": 0.0,
    "cp950": 0.0,
    "big5hkscs": 1.0,
    "cp932": 0.0,
    "euc_jp": 0.0,
    "cp949": 0.0,
    "cp1252": 0.0,
    "latin-1": 0.5,
    "mac_roman": 1.0,
    "cp1251": 6.0,
    "cp874": 3.0,
}
_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
CODECS: Final = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", *_CANDIDATES)
_SHOWN: Final = {
    "utf-8": "UTF-8",
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "utf-16-le": "UTF-16LE",
    "utf-16-be": "UTF-16BE",
    "utf-32": "UTF-32",
    "gb18030": "GB18030",
    "cp950": "Big5",
    "big5hkscs": "Big5",
    "cp932": "Shift_JIS",
    "euc_jp": "EUC-JP",
    "cp949": "CP949",
    "cp1252": "Windows-1252",
    "latin-1": "Latin-1",
    "mac_roman": "MacRoman",
    "cp1251": "Windows-1251",
    "cp874": "Windows-874",
}
# Who writes Japanese does not do it in an encoding of China or Korea, though these have kana.
_WITHOUT_KANA: Final = frozenset({"gb18030", "cp950", "big5hkscs", "cp949"})
_KANA: Final = re.compile("[\u3041-\u30fa]")
_KANA_COST: Final = 3.0
_REST_BYTES: Final = 1 << 20
_SAMPLE_BYTES: Final = 64 << 10
_LINE_BYTES: Final = 2000
_SAMPLE_CHARS: Final = 40
# One of this many characters beyond ASCII may be damaged.
_MOST_BROKEN: Final = 20
# A text of this many bytes may have one NUL by mistake.
_FEW_NULS: Final = 50
# The better of two readings must be this much likelier, in nats. Letters inside words of ASCII letters are strong
# evidence: 150 to 1 will do. Of other characters a few may fit by chance, so that the fewer they are the more is
# needed; and of many each must add to the evidence.
_MARGIN: Final = 5.0
_MARGIN_FOR_FEW: Final = 24.0
_MARGIN_FOR_MANY: Final = 30.0
_IN_WORDS: Final = re.compile(r"[^\W\d_]*[a-z]{2,}[^\W\d_]*|[^\W\d_]*[a-z][^\W\d_a-z][a-z][^\W\d_]*")
# Somebody's writing costs about 10 nats for each character beyond ASCII, random characters 17 and more.
_MOST_FOR_A_CHARACTER: Final = 15.0


@dataclass(frozen=True)
class Encoding:
    """An encoding: its codec, how probable it is, and a text of the file beyond ASCII as read in it.

    `rival` is another encoding that cannot be ruled out, with the same text as read in that one.
    """

    codec: str
    confidence: float = 1.0
    sample: str = ""
    rival: str = ""
    rival_sample: str = ""

    @property
    def name(self) -> str:
        """The name that people know."""
        return shown(self.codec)


def shown(codec: str) -> str:
    """Return the name of a codec that people know."""
    return _SHOWN.get(codec, codec)


def detect_encoding(chunks: Iterable[bytes]) -> Encoding:
    """Return the encoding of a file that is given in parts.

    A file that is UTF-8 as a whole is UTF-8, and so is one that is UTF-8 on most of its lines beyond ASCII.
    """
    lines = _Lines()
    utf_8 = codecs.getincrementaldecoder("utf-8")()
    valid, first = True, b""
    for chunk in chunks:
        if not first:
            first = chunk
            if marked := _marked(first):
                return Encoding(marked, sample=_sample(first.decode(marked, "ignore")))
        if chunk.isascii() and not utf_8.getstate()[0]:
            continue
        valid = valid and _accepts(utf_8, chunk)
        lines.add(chunk)
    if wide := _without_mark(first):
        return Encoding(wide, sample=_sample(first[: len(first) // 2 * 2].decode(wide, "ignore")))
    if (valid and not utf_8.getstate()[0]) or lines.mostly_utf_8():
        return Encoding("utf-8", sample=_sample(lines.text("utf-8")))
    return _likeliest(lines, doubtful=_many_nuls(first))


def _marked(first: bytes) -> str:
    return next((codec for mark, codec in _BOMS if first.startswith(mark)), "")


def _accepts(decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    try:
        decoder.decode(chunk)
    except UnicodeDecodeError:
        return False
    return True


def _without_mark(first: bytes) -> str:
    """Return the UTF-16 codec of a text without a byte order mark; empty if it is another text.

    Line ends, delimiters and digits have a NUL in one half of their two bytes, and nothing else has as many.
    """
    if not _many_nuls(first):
        return ""
    head = first[: min(len(first), _SAMPLE_BYTES) // 2 * 2]
    low, high = head[::2].count(0), head[1::2].count(0)
    codec = "utf-16-le" if high > low else "utf-16-be"
    try:
        text = codecs.getincrementaldecoder(codec)().decode(head)
    except UnicodeDecodeError:
        return ""
    return codec if text.count("\0") * 50 <= len(text) and cost_of(text) < len(text) * _MOST_FOR_A_CHARACTER else ""


def _many_nuls(first: bytes) -> bool:
    head = first[:_SAMPLE_BYTES]
    return head.count(0) * _FEW_NULS >= max(len(head), 1)


class _Lines:
    """Lines beyond ASCII from all over the file; if there are too many, every second one is dropped."""

    def __init__(self) -> None:
        self._kept: list[bytes] = []
        self._size = 0
        self._step = 1
        self._seen = 0
        self._rest = b""

    def add(self, chunk: bytes) -> None:
        """Take a part of the file."""
        lines = (self._rest + chunk).replace(b"\r", b"\n").split(b"\n")
        self._rest = lines.pop()[-_REST_BYTES:]
        for line in lines:
            self._add(line)

    def _add(self, line: bytes) -> None:
        if line.isascii():
            return
        if self._seen % self._step == 0:
            self._kept.append(line[:_LINE_BYTES] if len(line) > _LINE_BYTES else line)
            self._size += len(self._kept[-1])
            if self._size > _SAMPLE_BYTES:
                self._kept = self._kept[::2]
                self._step *= 2
                self._size = sum(map(len, self._kept))
        self._seen += 1

    @property
    def all(self) -> list[bytes]:
        """The lines that were kept."""
        last = [] if self._rest.isascii() else [self._rest[:_LINE_BYTES]]
        return self._kept + last

    def text(self, codec: str) -> str:
        """Return the distinct lines as read in an encoding; what it cannot read becomes U+FFFD.

        A line that is repeated is no further evidence.
        """
        return "\n".join(line.decode(codec, "replace") for line in dict.fromkeys(self.all))

    def mostly_utf_8(self) -> bool:
        """Tell whether at least half of the lines are UTF-8."""
        lines = self.all
        return sum(map(_is_utf_8, lines)) * 2 >= len(lines)


def _is_utf_8(line: bytes) -> bool:
    decoder = codecs.getincrementaldecoder("utf-8")()
    # A long line may have been cut inside a character.
    return _accepts(decoder, line) and (len(line) == _LINE_BYTES or not decoder.getstate()[0])


def _likeliest(lines: _Lines, *, doubtful: bool) -> Encoding:
    texts = {codec: lines.text(codec) for codec in _CANDIDATES}
    costs = {codec: _cost(codec, text) for codec, text in texts.items()}
    ranked = sorted(costs, key=lambda codec: (costs[codec], codec))
    best = ranked[0]
    second = next(codec for codec in ranked if texts[codec] != texts[best])
    margin = costs[second] - costs[best]
    confidence = 1 / (1 + math.exp(-min(margin, 50.0)))
    sample = _sample(texts[best])
    if margin >= _needed(texts[best]) and _is_writing(texts[best]) and not doubtful:
        return Encoding(best, confidence, sample)
    return Encoding(best, confidence, sample, second, _sample(texts[second]))


def _cost(codec: str, text: str) -> float:
    kana = len(_KANA.findall(text)) if codec in _WITHOUT_KANA else 0
    return cost_of(text) + kana * _KANA_COST + _CANDIDATES[codec]


def _needed(text: str) -> float:
    """Return the margin that a reading needs."""
    beyond = _beyond_ascii(text)
    if sum(map(_beyond_ascii, _IN_WORDS.findall(text))) * 2 >= beyond:
        return _MARGIN
    return max(_MARGIN, _MARGIN_FOR_FEW / beyond, min(beyond, _MARGIN_FOR_MANY))


def _beyond_ascii(text: str) -> int:
    return sum(not character.isascii() for character in text)


def _is_writing(text: str) -> bool:
    beyond = "".join(character for character in text if not character.isascii() and character != "\ufffd")
    if sum(map(is_broken, beyond)) * _MOST_BROKEN > len(beyond):
        return False
    return cost_of("\n".join(beyond)) <= len(beyond) * (_MOST_FOR_A_CHARACTER + _NEWLINE_COST)


# The text above is measured with a line break after each character, so that only the characters themselves count.
_NEWLINE_COST: Final = cost_of("\n")


def _sample(text: str) -> str:
    """Return the surroundings of the first characters beyond ASCII."""
    place = next((place for place, character in enumerate(text) if not character.isascii()), None)
    if place is None:
        return ""
    begin = max(text.rfind("\n", 0, place) + 1, place - _SAMPLE_CHARS // 2)
    return text[begin : begin + _SAMPLE_CHARS].partition("\n")[0].strip()
